// Making a bot: the two fields that Telegram asks for, and the card that a bot's own keyboard opens.
import * as api from "./api.js";
import { attempt } from "./attempt.js";
import { showBusiness } from "./businesses.js";
import { Icon } from "./icons.js";
import { html, useEffect, useRef, useState } from "./kit.js";

const MAX_NAME = 64;
const MAX_USERNAME = 32;

/** "Café Zur Post" -> "cafe_zur_post_bot"; nothing for a name without Latin letters. */
function usernameFor(name) {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const word = plain.replace(/[^a-z0-9]+/g, "_").replace(/^[_\d]+|_+$/g, "").slice(0, MAX_USERNAME - 4).replace(/_+$/, "");
  return word ? `${word}_bot` : "";
}

/** Name and username; the username follows the name until it is written by hand. */
export function useBotNames({ name = "", username = "" } = {}) {
  const [names, setNames] = useState({ name, username: username || usernameFor(name), byHand: Boolean(username) });
  const setName = (value) => setNames((now) => ({ ...now, name: value, username: now.byHand ? now.username : usernameFor(value) }));
  const setUsername = (value) => setNames((now) => ({ ...now, username: value, byHand: value !== "" }));
  const clear = () => setNames({ name: "", username: "", byHand: false });
  return { name: names.name, username: names.username, setName, setUsername, clear };
}

export const BotFields = ({ names, id, first }) => html`
  <label className="field" htmlFor=${`${id}-name`}><span>Name</span>
    <input id=${`${id}-name`} ref=${first} type="text" maxLength=${MAX_NAME} autoComplete="off" placeholder="Corner Bakery" value=${names.name}
      data-testid=${`${id}-name`} onChange=${(event) => names.setName(event.target.value)} /></label>
  <label className="field" htmlFor=${`${id}-username`}><span>Username</span>
    <span className="field-at"><i aria-hidden="true">@</i>
      <input id=${`${id}-username`} type="text" maxLength=${MAX_USERNAME} autoComplete="off" autoCapitalize="none" spellCheck="false"
        placeholder="corner_bakery_bot" value=${names.username} data-testid=${`${id}-username`} onChange=${(event) => names.setUsername(event.target.value)} />
    </span></label>`;

/** Telegram's own question before a bot is made through another one: one press, or change the names first. */
export function NewBotCard({ cast, request, onClose }) {
  const names = useBotNames({ name: request.suggested_name, username: request.suggested_username });
  const [busy, setBusy] = useState(false);
  const create = useRef(null);
  useEffect(() => create.current?.focus(), []);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    const body = { request_id: request.request_id, name: names.name, username: names.username };
    const made = await attempt(cast.key, () => api.makeManagedBot(cast.key, body));
    setBusy(false);
    if (!made) return;
    onClose();
    await showBusiness(made.tenant);
  };
  const onKeyDown = (event) => event.key === "Escape" && onClose();
  return html`
    <form className="new-bot" data-testid="new-bot" aria-label="New bot" onSubmit=${submit} onKeyDown=${onKeyDown}>
      <div className="new-bot-head"><span className="new-bot-icon"><${Icon} name="bot" size=${18} /></span>
        <p><b>New bot</b><small>${cast.account.name} will manage it for you. You stay its owner.</small></p>
        <button type="button" className="icon-button" aria-label="Cancel" data-testid="new-bot-cancel" onClick=${onClose}><${Icon} name="close" size=${16} /></button>
      </div>
      <${BotFields} names=${names} id="new-bot" />
      <button ref=${create} type="submit" className="join-button" data-testid="new-bot-create" disabled=${busy}>Create</button>
    </form>`;
}
