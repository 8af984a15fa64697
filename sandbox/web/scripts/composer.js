// Where the person writes: text, files, voice, places and contacts, commands and the bot's reply keyboard.
import * as api from "./api.js";
import { attempt } from "./attempt.js";
import { summary } from "./bubble.js";
import { ReplyKeyboard, keyboardOf } from "./buttons.js";
import { commandText } from "./hints.js";
import { Icon } from "./icons.js";
import { focusLatest } from "./keyboard.js";
import { SendButton, html, useEffect, useLayoutEffect, useRef, useState } from "./kit.js";
import { Menu, MenuItem } from "./menu.js";
import { NewBotCard } from "./new_bot.js";
import { RecordButton } from "./recorder.js";

const SOME_PLACE = { latitude: 52.5163, longitude: 13.3777 };

/** One's own card: the sandbox adds the number. */
const contactOf = (person) => ({ first_name: person.name });

/** The textarea grows with its text, up to a limit set in the style sheet. */
function useGrowing(text) {
  const area = useRef(null);
  useLayoutEffect(() => {
    area.current.style.height = "auto";
    area.current.style.height = `${area.current.scrollHeight}px`;
  }, [text]);
  return area;
}

const DRAFTS = {
  edit: { icon: "pencil", title: () => "Edit message", about: summary },
  reply: { icon: "reply", title: (message) => `Reply to ${message.from === "person" ? "yourself" : message.name}`, about: summary },
  echo: { icon: "phone", title: () => "From the shop’s own phone", about: () => "As the owner types it in the WhatsApp Business app" },
};

const DraftNote = ({ draft, onCancel }) => html`
  <div className="draft-note" data-testid="draft">
    <${Icon} name=${DRAFTS[draft.mode].icon} size=${17} />
    <span><b>${DRAFTS[draft.mode].title(draft.message)}</b><small>${DRAFTS[draft.mode].about(draft.message)}</small></span>
    <button type="button" className="icon-button" aria-label="Cancel" onClick=${onCancel}><${Icon} name="close" size=${16} /></button>
  </div>`;

const FileNote = ({ files, onCancel }) => html`
  <div className="draft-note" data-testid="files">
    <${Icon} name="file" size=${17} />
    <span><b>${files.length === 1 ? files[0].name : `${files.length} files`}</b><small>Add a caption, or just send</small></span>
    <button type="button" className="icon-button" aria-label="Remove" onClick=${onCancel}><${Icon} name="close" size=${16} /></button>
  </div>`;

function AttachMenu({ cast, onFiles, onContent }) {
  const picker = useRef(null);
  const [asDocument, setAsDocument] = useState(false);
  const choose = (plain) => {
    setAsDocument(plain);
    picker.current.click();
  };
  const pick = (event) => {
    onFiles([...event.target.files].map((file) => Object.assign(file, { asDocument })));
    event.target.value = "";
  };
  return html`
    <${Menu} label="Attach" icon="attach" testId="attach" up=${true}>
      <${MenuItem} icon="photo" testId="attach-media" onChoose=${() => choose(false)}>Photo or video</${MenuItem}>
      <${MenuItem} icon="file" testId="attach-file" onChoose=${() => choose(true)}>File</${MenuItem}>
      <${MenuItem} icon="pin" testId="attach-location" onChoose=${() => onContent({ location: SOME_PLACE })}>Location</${MenuItem}>
      <${MenuItem} icon="person" testId="attach-contact" onChoose=${() => onContent({ contact: contactOf(cast.person) })}>My contact</${MenuItem}>
    </${Menu}>
    <input ref=${picker} type="file" multiple hidden aria-label="Choose files" data-testid="file-input" onChange=${pick} />`;
}

const CommandMenu = ({ commands, onCommand }) => html`
  <${Menu} label="Commands" icon="slash" testId="commands" up=${true}>
    ${commands.map(
      (command) => html`<${MenuItem} key=${commandText(command)} testId="command" onChoose=${() => onCommand(commandText(command))}>
        <b>${commandText(command)}</b>${command.description && html`<small>${command.description}</small>`}</${MenuItem}>`,
    )}
  </${Menu}>`;

/** Sends what is composed: an edit, files with a caption, or text. Resolves to null when it did not work. */
async function submit({ key, text, files, draft }) {
  const replyTo = draft?.mode === "reply" ? draft.message.id : undefined;
  if (draft?.mode === "echo") return api.echo(key, text);
  if (draft?.mode === "edit") return api.edit(key, draft.message.id, text);
  if (!files.length) return api.sendMessage(key, { text, ...(replyTo && { reply_to: replyTo }) });
  for (const [index, file] of files.entries()) await api.sendFile(key, file, { caption: index ? "" : text, replyTo });
  return true;
}

export function Composer({ cast, chat, draft, onDraft }) {
  const [text, setText] = useState("");
  const [files, setFiles] = useState([]);
  const [busy, setBusy] = useState(false);
  const [recording, setRecording] = useState(false);
  const [request, setRequest] = useState(null); // of the bot's keyboard: the new bot it proposes
  const keyboard = keyboardOf(chat.messages);
  const area = useGrowing(text);
  useEffect(() => {
    if (!draft) return;
    if (draft.mode === "edit") setText(draft.message.text);
    area.current?.focus();
  }, [draft]);

  const reset = () => {
    setText("");
    setFiles([]);
    onDraft(null);
  };
  const run = (work) => attempt(cast.key, work);
  const send = async () => {
    if (busy || (!text.trim() && !files.length)) return;
    setBusy(true);
    if (await run(() => submit({ key: cast.key, text: text.trim(), files, draft }))) reset();
    setBusy(false);
    area.current?.focus();
  };
  const onKeyDown = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && (draft || files.length)) reset();
    else if (event.key === "ArrowUp" && !text) focusLatest(event.target);
  };
  const onPaste = (event) => event.clipboardData.files.length && setFiles([...event.clipboardData.files]);
  const onDrop = (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) setFiles([...event.dataTransfer.files]);
  };
  const sendContent = (content) => run(() => api.sendMessage(cast.key, content));
  const press = (key) => {
    if (key.request_managed_bot) return setRequest(key.request_managed_bot);
    if (key.request_contact) return sendContent({ contact: contactOf(cast.person) });
    return sendContent(key.request_location ? { location: SOME_PLACE } : { text: key.label });
  };
  const canSend = Boolean(text.trim() || files.length);
  const commands = cast.account.commands ?? [];
  return html`
    <div className="composer-box" onDrop=${onDrop} onDragOver=${(event) => event.preventDefault()}>
      ${request
        ? html`<${NewBotCard} cast=${cast} request=${request} onClose=${() => setRequest(null)} />`
        : html`<${ReplyKeyboard} rows=${keyboard.rows} onPress=${press} />`}
      ${draft && html`<${DraftNote} draft=${draft} onCancel=${reset} />`}
      ${files.length > 0 && html`<${FileNote} files=${files} onCancel=${() => setFiles([])} />`}
      <div className="composer">
        <div className=${`composer-text ${recording ? "is-hidden" : ""}`}>
          ${draft?.mode !== "echo" && html`<${AttachMenu} cast=${cast} onFiles=${setFiles} onContent=${sendContent} />`}
          <textarea ref=${area} rows="1" value=${text} placeholder=${keyboard.placeholder || "Message"} data-testid="input" enterKeyHint="send" dir="auto"
            aria-label=${`Message ${cast.account.name} as ${cast.person.name}`} onChange=${(event) => setText(event.target.value)}
            onKeyDown=${onKeyDown} onPaste=${onPaste}></textarea>
          ${commands.length > 0 && !text && html`<${CommandMenu} commands=${commands} onCommand=${(command) => sendContent({ text: command })} />`}
        </div>
        ${canSend && !recording
          ? html`<${SendButton} type="button" className="round-button" aria-label="Send" title="Send (Enter)" data-testid="send" disabled=${busy} onClick=${send} />`
          : html`<${RecordButton} cast=${cast} onRecording=${setRecording}
              onVoice=${(file) => run(() => api.sendFile(cast.key, file, { voice: true }))} />`}
      </div>
    </div>`;
}
