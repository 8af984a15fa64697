// One pane: a person, a channel, a conversation.
import * as api from "./api.js";
import { attempt } from "./attempt.js";
import { castPane } from "./cast.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { openChat } from "./events.js";
import { EmptyChat, NoAccount } from "./hints.js";
import { ChatContainer, ConversationHeader, InputToolbox, MessageList, html, useEffect, useState } from "./kit.js";
import { PaneCaption, PaneHeader } from "./pane_header.js";
import { Alerts, ArrivalCard, JoinCard, Toast } from "./pane_notes.js";
import { change, useChat, useStore } from "./store.js";

/** Tells the bot that its messages were read, once they are really on screen. */
function useReadReceipts(key, messages) {
  const lastBot = messages.findLast((message) => message.from === "bot");
  useEffect(() => {
    if (!key || !lastBot) return undefined;
    const tell = () => document.visibilityState === "visible" && api.markRead(key).catch(() => {});
    tell();
    document.addEventListener("visibilitychange", tell);
    return () => document.removeEventListener("visibilitychange", tell);
  }, [key, lastBot?.id]);
}

function useChoices(world, tenant) {
  const ownerChannel = useStore((all) => all.ownerChannel);
  const persons = useStore((all) => all.persons);
  return world?.accounts.length ? { world, tenant: tenant?.id ?? "", ownerChannel, persons } : null;
}

function paneLabel(cast) {
  const channel = cast.channel === "whatsapp" ? "WhatsApp" : "Telegram";
  return `${cast.person?.name ?? "Nobody"}, ${cast.role === "admin" ? "the owner" : "a customer"}, on ${channel}`;
}

const NOBODY = {
  telegram: { role: "customer", channel: "telegram" },
  whatsapp: { role: "customer", channel: "whatsapp" },
  owner: { role: "admin", channel: "telegram" },
};

export function Pane({ pane, world, tenant }) {
  const choices = useChoices(world, tenant);
  const cast = choices
    ? castPane(pane, choices)
    : { pane, channels: [], people: [], account: null, person: null, key: null, ...NOBODY[pane] };
  const chat = useChat(cast.key);
  useEffect(() => {
    if (cast.key) openChat(cast.key);
  }, [cast.key]);
  useReadReceipts(cast.key, chat.messages);
  return html`
    <section id=${pane} className="pane" data-testid=${`pane-${pane}`} data-channel=${cast.channel} data-role=${cast.role}
      data-key=${cast.key ?? ""} aria-label=${paneLabel(cast)}>
      <${PaneCaption} cast=${cast} />
      <div className="phone">
        ${cast.key
          ? html`<${Chat} key=${cast.key} cast=${cast} chat=${chat} tenant=${tenant} />`
          : html`<${NoAccount} cast=${cast} tenant=${tenant} />`}
      </div>
    </section>`;
}

const Foot = ({ children }) => html`<div className="pane-foot">${children}</div>`;

/** What the composer is doing beside plain writing: null, {mode: "reply" or "edit", message} or {mode: "echo"}. */
function Chat({ cast, chat, tenant }) {
  const [draft, setDraft] = useState(null);
  const say = (text) => attempt(cast.key, () => api.sendMessage(cast.key, { text }));
  const arrival = useStore((all) => (all.arrival?.prefix === cast.account.key_prefix ? all.arrival : null));
  const arrive = () => {
    change({ arrival: null });
    say(arrival.text);
  };
  const empty = chat.loaded && chat.messages.length === 0;
  return html`
    <${ChatContainer}>
      <${PaneHeader} as=${ConversationHeader} cast=${cast} chat=${chat} onEcho=${() => setDraft({ mode: "echo" })} />
      ${empty
        ? html`<${EmptyChat} as=${MessageList} cast=${cast} tenant=${tenant} onTry=${say} />`
        : html`<${Conversation} as=${MessageList} cast=${cast} chat=${chat} onReply=${(message) => setDraft({ mode: "reply", message })}
            onEdit=${(message) => setDraft({ mode: "edit", message })} />`}
      <${Foot} as=${InputToolbox}>
        <${Alerts} cast=${cast} chat=${chat} />
        ${arrival && html`<${ArrivalCard} cast=${cast} onStart=${arrive} onCancel=${() => change({ arrival: null })} />`}
        ${cast.role === "admin" && tenant?.link && html`<${JoinCard} link=${tenant.link} onJoin=${say} />`}
        <${Composer} cast=${cast} chat=${chat} draft=${draft} onDraft=${setDraft} />
      </${Foot}>
    </${ChatContainer}>
    ${chat.toast && html`<${Toast} key=${chat.toast.at} chatKey=${cast.key} toast=${chat.toast} />`}`;
}
