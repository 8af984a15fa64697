// The messages of a chat, grouped by sender and day, in the chat component's list.
import { Bubble } from "./bubble.js";
import { Icon } from "./icons.js";
import { onMessageKeyDown } from "./keyboard.js";
import { MessageList, MessageSeparator, TypingIndicator, html, useEffect, useRef, useState } from "./kit.js";
import { BotMade } from "./service_note.js";
import { dayName, sameDay } from "./times.js";

const PAGE = 150;
const GROUP_MS = 5 * 60_000;
const AWAY_PX = 160;

const together = (a, b) => Boolean(a && b) && !a.managed_bot && !b.managed_bot && a.from === b.from && Math.abs(new Date(b.at) - new Date(a.at)) < GROUP_MS;

/** Where a message stands in a run of messages of the same sender: it shapes the corners of the bubble. */
function positionOf(before, message, after) {
  const joinsBefore = together(before, message) && sameDay(before.at, message.at);
  const joinsAfter = together(message, after) && sameDay(message.at, after.at);
  if (joinsBefore) return joinsAfter ? "normal" : "last";
  return joinsAfter ? "first" : "single";
}

/** Scrolls to the end when the person writes; what arrives scrolls only when the end was in sight (the list does that). */
function useScrollOnSend(messages, list) {
  const last = messages.at(-1);
  useEffect(() => {
    if (last?.from === "person") list.current?.scrollToBottom("auto");
  }, [last?.id]);
}

/** {away, isAway, onScroll, missed}: whether the end is out of sight, and how many messages came since. */
function useAway(messages) {
  const [away, setAway] = useState(false);
  const latest = useRef(false); // the same, readable from handlers of earlier renders
  const seen = useRef(messages.length);
  const onScroll = (event) => {
    const box = event.target;
    latest.current = box.scrollHeight - box.scrollTop - box.clientHeight > AWAY_PX;
    setAway(latest.current);
  };
  if (!away) seen.current = messages.length;
  return { away, isAway: () => latest.current, onScroll, missed: messages.length - seen.current };
}

const ToLatest = ({ missed, onClick }) => html`
  <button type="button" className="to-latest" data-testid="to-latest" onClick=${onClick}
    aria-label=${missed > 0 ? `${missed} new, jump to the latest message` : "Jump to the latest message"}>
    <${Icon} name="down" />${missed > 0 && html`<span className="count">${missed}</span>`}
  </button>`;

function Rows({ cast, chat, shown, onReply, onEdit, onGrow }) {
  const byId = new Map(chat.messages.map((message) => [String(message.id), message]));
  return shown.map((message, index) => {
    const before = shown[index - 1];
    const newDay = !before || !sameDay(before.at, message.at);
    return [
      newDay && html`<${MessageSeparator} key=${`day-${message.id}`} className="day">${dayName(message.at)}</${MessageSeparator}>`,
      message.managed_bot
        ? html`<${BotMade} key=${message.id} as=${MessageSeparator} message=${message} />`
        : html`<${Bubble} key=${message.id} cast=${cast} message=${message} position=${positionOf(before, message, shown[index + 1])}
        answered=${message.reply_to ? byId.get(String(message.reply_to)) : undefined} onReply=${onReply} onEdit=${onEdit} onGrow=${onGrow} />`,
    ];
  });
}

export function Conversation({ cast, chat, onReply, onEdit }) {
  const list = useRef(null);
  const [limit, setLimit] = useState(PAGE);
  useScrollOnSend(chat.messages, list);
  const shown = chat.messages.slice(-limit);
  const hidden = chat.messages.length - shown.length;
  const typing = chat.typing ? html`<${TypingIndicator} data-testid="typing" content=${`${cast.account.name} is typing`} />` : undefined;
  const { away, isAway, onScroll, missed } = useAway(chat.messages);
  const stay = () => {
    if (!isAway()) list.current?.scrollToBottom("auto");
  };
  useEffect(stay, [chat.typing]); // the indicator takes a line from the list
  return html`
    <div className="conversation">
      <${MessageList} ref=${list} typingIndicator=${typing} data-testid="messages" role="log" aria-live="polite"
        aria-label=${`Messages with ${cast.account.name}`} onScrollCapture=${onScroll}
        onKeyDown=${onMessageKeyDown}>
        ${hidden > 0 &&
        html`<div className="earlier"><button type="button" className="try" onClick=${() => setLimit(limit + PAGE)}>Show earlier messages (${hidden})</button></div>`}
        ${Rows({ cast, chat, shown, onReply, onEdit, onGrow: stay })}
      </${MessageList}>
      ${away && html`<${ToLatest} missed=${missed} onClick=${() => list.current?.scrollToBottom("smooth")} />`}
    </div>`;
}
