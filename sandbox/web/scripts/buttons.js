// What a bot offers to tap: inline buttons, WhatsApp lists, reply keyboards.
import * as api from "./api.js";
import { attempt } from "./attempt.js";
import { followLink } from "./businesses.js";
import { Icon } from "./icons.js";
import { html, useEffect, useRef, useState } from "./kit.js";

/** Returns [busy, tap]: `busy` is the data of the button whose answer is awaited. */
function useTap(cast, message) {
  const [busy, setBusy] = useState(null);
  const tap = async (data) => {
    setBusy(data);
    await attempt(cast.key, () => api.tap(cast.key, message.id, data));
    setBusy(null);
  };
  return [busy, tap];
}

function InlineButton({ button, busy, onTap }) {
  if (button.url) {
    return html`<a className="inline-button" href=${button.url} onClick=${followLink} target="_blank" rel="noopener noreferrer" data-testid="inline-button">
      <span>${button.label}</span><${Icon} name="link" size=${13} /></a>`;
  }
  return html`<button type="button" className="inline-button" data-testid="inline-button" data-busy=${busy} aria-busy=${busy}
    disabled=${button.data === undefined || button.data === null} onClick=${() => onTap(button.data)}><span>${button.label}</span></button>`;
}

export function InlineButtons({ cast, message }) {
  const [busy, tap] = useTap(cast, message);
  return html`
    <div className="inline-buttons" role="group" aria-label="Buttons">
      ${message.buttons.map(
        (row, y) => html`<div key=${y} className="inline-row">
          ${row.map((button, x) => html`<${InlineButton} key=${x} button=${button} busy=${busy !== null && busy === button.data} onTap=${tap} />`)}
        </div>`,
      )}
    </div>`;
}

function ListSheet({ list, onChoose, onClose }) {
  const dialog = useRef(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const backdrop = (event) => event.target === dialog.current && onClose();
  return html`
    <dialog className="sheet" ref=${dialog} aria-label=${list.button} onClose=${onClose} onClick=${backdrop} data-testid="list">
      <div className="sheet-head"><h3>${list.button}</h3>
        <button type="button" className="icon-button" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button></div>
      <div className="sheet-body">
        ${list.sections.map(
          (section, index) => html`<section key=${index}>
            ${section.title && html`<h4>${section.title}</h4>`}
            ${section.rows.map(
              (row) => html`<button key=${row.id} type="button" className="list-row" data-testid="list-row" onClick=${() => onChoose(row)}>
                <b>${row.title}</b>${row.description && html`<span>${row.description}</span>`}</button>`,
            )}
          </section>`,
        )}
      </div>
    </dialog>`;
}

export function ListButton({ cast, message }) {
  const [open, setOpen] = useState(false);
  const [busy, tap] = useTap(cast, message);
  const choose = (row) => {
    setOpen(false);
    tap(row.id);
  };
  return html`
    <div className="inline-buttons"><div className="inline-row">
      <button type="button" className="inline-button" data-testid="list-open" aria-haspopup="dialog" data-busy=${busy !== null} onClick=${() => setOpen(true)}>
        <${Icon} name="list" size=${16} /><span>${message.list.button}</span></button>
    </div></div>
    ${open && html`<${ListSheet} list=${message.list} onChoose=${choose} onClose=${() => setOpen(false)} />`}`;
}

const NO_KEYBOARD = { rows: [], placeholder: "" };

/** {rows, placeholder} of the latest bot message that set a keyboard; an empty one takes it away, a one-time one goes once used. */
export function keyboardOf(messages) {
  const at = messages.findLastIndex((message) => message.from === "bot" && message.keyboard);
  if (at < 0) return NO_KEYBOARD;
  const { keyboard, keyboard_options: options } = messages[at];
  const used = options?.one_time && messages.slice(at + 1).some((message) => message.from === "person");
  return used ? NO_KEYBOARD : { rows: keyboard, placeholder: options?.placeholder ?? "" };
}

const KEY_ICONS = { request_managed_bot: "bot", request_contact: "person", request_location: "pin" };

function Key({ button, onPress }) {
  const request = Object.keys(KEY_ICONS).find((name) => button[name]);
  return html`<button type="button" data-testid="reply-key" onClick=${() => onPress(button)}>
    ${request && html`<${Icon} name=${KEY_ICONS[request]} size=${16} />`}<span>${button.label}</span></button>`;
}

export const ReplyKeyboard = ({ rows, onPress }) =>
  rows.length > 0 &&
  html`<div className="reply-keyboard" role="group" aria-label="Suggested replies" data-testid="reply-keyboard">
    ${rows.map(
      (row, y) => html`<div key=${y} className="inline-row">
        ${row.map((button, x) => html`<${Key} key=${x} button=${button} onPress=${onPress} />`)}
      </div>`,
    )}
  </div>`;
