// Above a conversation: whose phone this is, whom they write to, and what can be done to the chat.
import * as api from "./api.js";
import { attempt } from "./attempt.js";
import { openChat } from "./events.js";
import { Icon } from "./icons.js";
import { Avatar, ConversationHeader, html, useState } from "./kit.js";
import { Menu, MenuItem } from "./menu.js";
import { change, changeChat, current } from "./store.js";

const TITLES = { telegram: "Customer on Telegram", whatsapp: "Customer on WhatsApp", owner: "Owner's admin bot" };
const CHANNEL_NAMES = { telegram: "Telegram", whatsapp: "WhatsApp" };
const AGE_HOURS = 25;

function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return (words.length > 1 ? words[0][0] + words[1][0] : name.slice(0, 2)).toUpperCase();
}

const SOMEONE_ELSE = "+";
const play = (role, id) => change({ persons: { ...current().persons, [role]: id } });

/** Someone new in this pane, such as a manager who was invited. */
function NewPerson({ cast, onDone }) {
  const [name, setName] = useState("");
  const join = async (event) => {
    event.preventDefault();
    const id = name.trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "");
    if (!id) return onDone();
    await attempt(cast.key, async () => {
      await api.savePerson(id, { name: name.trim(), role: cast.role === "admin" ? "owner" : "customer" });
      change({ world: await api.loadWorld() });
      play(cast.role, id);
    });
    onDone();
  };
  return html`
    <form className="new-person" onSubmit=${join}>
      <input type="text" autoFocus maxLength="40" aria-label="Name of the person" placeholder="Their name, then Enter" value=${name} data-testid="new-person"
        onChange=${(event) => setName(event.target.value)} onBlur=${() => name.trim() || onDone()} onKeyDown=${(event) => event.key === "Escape" && onDone()} />
    </form>`;
}

function PersonPicker({ cast }) {
  const [adding, setAdding] = useState(false);
  if (!cast.person) return html`<span>You are <b>nobody yet</b></span>`;
  if (adding) return html`<${NewPerson} cast=${cast} onDone=${() => setAdding(false)} />`;
  const choose = (event) => (event.target.value === SOMEONE_ELSE ? setAdding(true) : play(cast.role, event.target.value));
  return html`
    <label>You are${" "}
      <select className="person-select" value=${cast.person.id} onChange=${choose} data-testid="person-picker">
        ${cast.people.map((person) => html`<option key=${person.id} value=${person.id}>${person.name}</option>`)}
        <option value=${SOMEONE_ELSE}>Someone else…</option>
      </select>
    </label>`;
}

/** The owner may run the business from either channel. */
const ChannelSwitch = ({ cast }) => html`
  <div className="channel-switch" role="radiogroup" aria-label="Admin bot on">
    ${["telegram", "whatsapp"].map(
      (channel) => html`
        <label key=${channel} data-testid=${`owner-channel-${channel}`}
          title=${cast.channels.includes(channel) ? `Run the business from ${CHANNEL_NAMES[channel]}` : `No admin bot on ${CHANNEL_NAMES[channel]}`}>
          <input type="radio" name="owner-channel" value=${channel} checked=${channel === cast.channel}
            disabled=${!cast.channels.includes(channel)} onChange=${() => change({ ownerChannel: channel })} />
          <span><${Icon} name=${channel} size=${15} /><b>${CHANNEL_NAMES[channel]}</b></span>
        </label>`,
    )}
  </div>`;

export const PaneCaption = ({ cast }) => html`
  <div className="pane-caption">
    <span className="pane-icon"><${Icon} name=${cast.pane} size=${17} /></span>
    <div className="pane-title">
      <h2>${TITLES[cast.pane]}</h2>
      <p><${PersonPicker} cast=${cast} /></p>
    </div>
    ${cast.pane === "owner" && html`<${ChannelSwitch} cast=${cast} />`}
  </div>`;

function ChatMenu({ cast, chat, onEcho }) {
  const age = () =>
    attempt(cast.key, async () => {
      await api.age(cast.key, AGE_HOURS);
      await openChat(cast.key);
    });
  const block = () =>
    attempt(cast.key, async () => {
      await api.block(cast.key, !chat.blocked);
      changeChat(cast.key, () => ({ blocked: !chat.blocked }));
    });
  return html`
    <${Menu} label="Chat menu" icon="more" testId="menu">
      ${cast.channel === "whatsapp" &&
      cast.role === "customer" &&
      html`<${MenuItem} icon="phone" testId="echo" onChoose=${onEcho}>
        Reply from the shop’s own phone<small>in the WhatsApp Business app, beside Steward</small>
      </${MenuItem}>`}
      <${MenuItem} icon="clock" testId="age" onChoose=${age}>
        Age the chat by ${AGE_HOURS} hours
        ${cast.channel === "whatsapp" && html`<small>closes WhatsApp's 24-hour window</small>`}
      </${MenuItem}>
      <${MenuItem} icon="block" testId="block" onChoose=${block}>${chat.blocked ? "Unblock" : "Block"} this business</${MenuItem}>
    </${Menu}>`;
}

export function PaneHeader({ cast, chat, onEcho }) {
  const { account, channel } = cast;
  const handle = account.username ? `@${account.username}` : "business account";
  return html`
    <${ConversationHeader} className="chat-header">
      <${Avatar}><span className="initials" aria-hidden="true">${initials(account.name)}</span></${Avatar}>
      <${ConversationHeader.Content}>
        <span className="chat-name">${account.name}</span>
        <span className=${`chat-state ${chat.typing ? "is-typing" : ""}`} data-testid="chat-state">
          ${chat.typing ? "typing…" : `${handle} · ${CHANNEL_NAMES[channel]}`}
        </span>
      </${ConversationHeader.Content}>
      <${ConversationHeader.Actions}><${ChatMenu} cast=${cast} chat=${chat} onEcho=${onEcho} /></${ConversationHeader.Actions}>
    </${ConversationHeader}>`;
}
