// Short notes between the messages and the input: errors, the 24-hour window, joining as the owner.
import { Icon } from "./icons.js";
import { html, useEffect } from "./kit.js";
import { changeChat } from "./store.js";
import { hoursSince } from "./times.js";

const TOAST_MS = 5000;
const ALERT_MS = 15_000;
const WINDOW_HOURS = 24;

/** The answer to a button press, shown for a moment. */
export function Toast({ chatKey, toast }) {
  useEffect(() => {
    const timer = setTimeout(() => changeChat(chatKey, (chat) => (chat.toast === toast ? { toast: null } : {})), toast.alert ? ALERT_MS : TOAST_MS);
    return () => clearTimeout(timer);
  }, [chatKey, toast]);
  return html`<p className="toast" role="status" data-testid="toast">${toast.text}</p>`;
}

/** WhatsApp lets a business write freely for 24 hours after the customer last wrote; the page says when that is over. */
function windowClosed(cast, chat) {
  if (cast.channel !== "whatsapp") return false;
  const last = chat.messages.findLast((message) => message.from === "person");
  return Boolean(last) && hoursSince(last.at) >= WINDOW_HOURS;
}

export function Alerts({ cast, chat }) {
  return html`
    ${cast.account.webhook_ok === false &&
    html`<p className="note note-warning" data-testid="not-connected">
      <${Icon} name="warning" size=${16} />
      ${cast.account.own
        ? html`<span>Steward does not listen here yet. Give the admin bot its token; what you write now is delivered then.</span>`
        : html`<span>Steward is not listening here. Start it with <code>make run</code>; what you write now is delivered then.</span>`}
    </p>`}
    ${chat.blocked &&
    html`<p className="note" data-testid="blocked"><${Icon} name="block" size=${16} /> <span>You blocked this business. Unblock it in the menu above.</span></p>`}
    ${windowClosed(cast, chat) &&
    html`<p className="note" data-testid="window-closed"><${Icon} name="clock" size=${16} />
      <span>The 24-hour window is over: only approved templates reach you until you write again.</span></p>`}
    ${chat.error &&
    html`<p className="note note-error" role="alert" data-testid="error">
      <${Icon} name="warning" size=${16} /> <span>${chat.error}</span>
      <button type="button" className="icon-button" aria-label="Dismiss" onClick=${() => changeChat(cast.key, () => ({ error: "" }))}>
        <${Icon} name="close" size=${15} />
      </button>
    </p>`}`;
}

/** A link into this chat was followed, by whoever is chosen above; pressing Start says what the link says. */
export const ArrivalCard = ({ cast, onStart, onCancel }) => html`
  <div className="join-card" data-testid="arrival">
    <p>A link to this chat. Open it as <b>${cast.person.name}</b>${cast.role === "admin" ? ", or choose someone else above" : ""}.</p>
    <button type="button" className="join-button" data-testid="arrival-start" onClick=${onStart}>Start</button>
    <button type="button" className="icon-button" aria-label="Not now" onClick=${onCancel}><${Icon} name="close" size=${16} /></button>
  </div>`;

/** A one-use invitation: sends `/start <code>` to the admin bot. */
export const JoinCard = ({ link, onJoin }) => html`
  <div className="join-card">
    <p>Your one-time invitation is ready.</p>
    <button type="button" className="join-button" data-testid="join" onClick=${() => onJoin(`/start ${link.start}`)}>${link.label}</button>
  </div>`;
