// One message: what it answers, its text or file, its buttons, its time and ticks, and what one can do with it.
import * as api from "./api.js";
import { attempt } from "./attempt.js";
import { followLink } from "./businesses.js";
import { InlineButtons, ListButton } from "./buttons.js";
import { Icon, Ticks } from "./icons.js";
import { Message, html, memo } from "./kit.js";
import { Attachment, ContactCard, Place } from "./media.js";
import { useOpen } from "./menu.js";
import { clockTime, exactTime } from "./times.js";

const EMOJI = ["👍", "❤️", "🙏", "😂", "😮", "😢"];
const KIND_NAMES = { photo: "Photo", document: "File", voice: "Voice message", audio: "Audio", video: "Video" };

/** What is read of the text: the marks of WhatsApp's bold and italics are no words. */
const words = ({ html: marked, text }) =>
  marked ? new DOMParser().parseFromString(marked.replace(/<(br|\/p|\/li|\/div)\b/g, " $&"), "text/html").body.textContent.trim() : text;

export const summary = (message) => words(message) || KIND_NAMES[message.file?.kind] || (message.list || message.buttons ? "Message with buttons" : "Message");

const Answered = ({ message, known }) => html`
  <blockquote className="answered">
    <b>${known ? (known.from === "person" ? "You" : known.name) : "Earlier message"}</b>
    <span>${known ? summary(known) : `No longer here (${message.reply_to})`}</span>
  </blockquote>`;

const EmojiRow = ({ chosen, onChoose }) => html`
  <div className="emoji-row" role="group" aria-label="Reactions">
    ${EMOJI.map((emoji) => html`<button key=${emoji} type="button" aria-label=${`React with ${emoji}`} aria-pressed=${emoji === chosen} onClick=${() => onChoose(emoji)}>${emoji}</button>`)}
  </div>`;

const Action = ({ icon, label, ...rest }) => html`
  <button type="button" className="icon-button" tabIndex="-1" aria-label=${label} title=${label} data-testid=${label.toLowerCase()} ...${rest}>
    <${Icon} name=${icon} size=${17} /></button>`;

function Actions({ cast, message, onReply, onEdit }) {
  const [open, setOpen, ref] = useOpen();
  const editable = cast.channel === "telegram" && message.from === "person" && message.text && !message.file;
  const react = (emoji) => {
    setOpen(false);
    attempt(cast.key, () => api.react(cast.key, message.id, emoji === message.reaction ? "" : emoji));
  };
  return html`
    <div className="actions-anchor" ref=${ref}>
      <div className=${`actions ${open ? "is-open" : ""}`}>
        <${Action} icon="smile" label="React" aria-expanded=${open} onClick=${() => setOpen(!open)} />
        <${Action} icon="reply" label="Reply" onClick=${() => onReply(message)} />
        ${editable && html`<${Action} icon="pencil" label="Edit" onClick=${() => onEdit(message)} />`}
      </div>
      ${open && html`<${EmojiRow} chosen=${message.reaction} onChoose=${react} />`}
    </div>`;
}

const Meta = ({ message }) => html`
  <span className="meta">
    ${message.edited && html`<span data-testid="edited">edited</span>`}
    <time dateTime=${message.at} title=${exactTime(message.at)}>${clockTime(message.at)}</time>
    ${message.from === "person" && html`<${Ticks} status=${message.status} />`}
  </span>`;

/** `html` of a message is sanitised by the sandbox; plain text has none. */
const Text = ({ message }) =>
  message.html
    ? html`<div className="text" dir="auto" data-testid="text" onClick=${followLink} dangerouslySetInnerHTML=${{ __html: message.html }} />`
    : message.text && html`<div className="text" dir="auto" data-testid="text">${message.text}</div>`;

export const Bubble = memo(function Bubble({ cast, message, position, answered, onReply, onEdit, onGrow }) {
  const outgoing = message.from === "person";
  const model = {
    direction: outgoing ? "outgoing" : "incoming",
    position,
    type: "custom",
    sender: outgoing ? "You" : message.name || cast.account.name,
    sentTime: clockTime(message.at),
  };
  const mediaOnly = ["photo", "video"].includes(message.file?.kind) && !message.text;
  return html`
    <${Message} model=${model} className=${`bubble ${mediaOnly ? "bubble-media" : ""} ${message.status === "failed" ? "bubble-failed" : ""}`}
      data-testid="message" tabIndex="-1" data-message-id=${message.id} data-from=${message.from} data-status=${message.status}>
      <${Message.CustomContent}>
        ${message.by === "phone" && html`<span className="template" data-testid="by-phone">Typed on the shop’s own phone</span>`}
        ${message.template && html`<span className="template" data-testid="template">Template · ${message.template}</span>`}
        ${message.reply_to && html`<${Answered} message=${message} known=${answered} />`}
        ${message.file && html`<${Attachment} file=${message.file} onGrow=${onGrow} />`}
        ${message.location && html`<${Place} location=${message.location} />`}
        ${message.contact && html`<${ContactCard} contact=${[message.contact].flat()[0]} />`}
        <${Text} message=${message} />
        <${Meta} message=${message} />
        ${message.reaction && html`<span className="reaction" data-testid="reaction" aria-label=${`Reaction ${message.reaction}`}>${message.reaction}</span>`}
        <${Actions} cast=${cast} message=${message} onReply=${onReply} onEdit=${onEdit} />
      </${Message.CustomContent}>
      ${(message.buttons?.length > 0 || message.list) &&
      html`<${Message.Footer}>
        ${message.buttons?.length > 0 && html`<${InlineButtons} cast=${cast} message=${message} />`}
        ${message.list && html`<${ListButton} cast=${cast} message=${message} />`}
      </${Message.Footer}>`}
      ${message.status === "failed" && !message.buttons?.length && !message.list &&
      html`<${Message.Footer}><span className="failed-note">Not delivered</span></${Message.Footer}>`}
    </${Message}>`;
}, (before, after) => before.message === after.message && before.position === after.position && before.answered === after.answered && before.cast.key === after.cast.key);
