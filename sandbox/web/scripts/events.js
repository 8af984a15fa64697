// Keeps the state up to date: first read over HTTP, then told over a WebSocket that reconnects by itself.
import * as api from "./api.js";
import { change, changeChat, current } from "./store.js";

const RETRY_MS = [300, 600, 1200, 2500, 5000];
/** How often the world is read again: often while a bot does not listen yet, since nobody tells when it does. */
const LOOK_AGAIN_MS = { waiting: 1500, calm: 20_000 };
/** "typing" is shown this long when nobody says how long. */
const TYPING_SECONDS = 5;
const typingTimers = new Map();
const opened = new Map(); // chat key -> events that arrived while its history was being read, or null

const without = (messages, id) => messages.filter((message) => String(message.id) !== String(id));

function withMessage(messages, message) {
  const at = messages.findIndex((known) => String(known.id) === String(message.id));
  if (at < 0) return [...messages, message];
  const next = [...messages];
  next[at] = message;
  return next;
}

function setTyping(key, typing, seconds = TYPING_SECONDS) {
  clearTimeout(typingTimers.get(key));
  if (typing) typingTimers.set(key, setTimeout(() => setTyping(key, false), seconds * 1000));
  changeChat(key, (chat) => (chat.typing === typing ? {} : { typing }));
}

const handlers = {
  message(event) {
    changeChat(event.key, (chat) => ({ messages: withMessage(chat.messages, event.message) }));
    if (event.message.from === "bot") {
      setTyping(event.key, false);
      markUnread(event.key);
    }
  },
  edit(event) {
    changeChat(event.key, (chat) => ({ messages: withMessage(chat.messages, event.message) }));
  },
  delete(event) {
    const id = event.message_id ?? event.message?.id;
    changeChat(event.key, (chat) => ({ messages: without(chat.messages, id) }));
  },
  status(event) {
    if (event.message) return handlers.edit(event);
    const id = String(event.message_id);
    changeChat(event.key, (chat) => ({
      messages: chat.messages.map((each) => (String(each.id) === id ? { ...each, status: event.status } : each)),
    }));
  },
  typing(event) {
    setTyping(event.key, true, event.seconds);
  },
  toast(event) {
    if (event.text) changeChat(event.key, () => ({ toast: { text: event.text, alert: Boolean(event.alert), at: Date.now() } }));
  },
  chat(event) {
    changeChat(event.key, () => ({ blocked: event.blocked }));
  },
};

function receive(event) {
  if (event.type === "world") return refreshWorld();
  if (event.type === "reset") return openAgain();
  const handle = handlers[event.type];
  if (!handle || !event.key) return;
  const waiting = opened.get(event.key);
  if (waiting) waiting.push(event);
  else if (opened.has(event.key)) handle(event);
  else if (event.type === "message" && event.message.from === "bot") markUnread(event.key);
}

function markUnread(key) {
  const { world, tenant, unread } = current();
  const account = world?.accounts.find((each) => key.startsWith(`${each.key_prefix.replace(/:$/, "")}:`));
  if (account && account.tenant !== tenant) change({ unread: { ...unread, [account.tenant]: true } });
}

/** Reads a chat's history; events that arrive meanwhile are applied on top of it. */
export async function openChat(key) {
  const waiting = [];
  opened.set(key, waiting);
  try {
    const { messages, typing, blocked } = await api.loadChat(key);
    changeChat(key, (chat) => ({ messages, loaded: true, error: "", blocked: blocked ?? chat.blocked }));
    setTyping(key, Boolean(typing));
  } catch (error) {
    changeChat(key, () => ({ loaded: true, error: error.message }));
  }
  if (opened.get(key) !== waiting) return; // a later call took over, and will see these events in its history
  opened.set(key, null);
  waiting.forEach(receive);
}

const openAgain = () => Promise.all([...opened.keys()].map(openChat));

let refreshing = null;
let nextLook = 0;

/** Reads the world, once for a burst of calls, and plans the next look. */
function refreshWorld() {
  refreshing ??= new Promise((resolve) => setTimeout(resolve, 50)).then(async () => {
    refreshing = null;
    clearTimeout(nextLook);
    try {
      const world = await api.loadWorld();
      change({ world });
      const ours = world.accounts.filter((account) => account.tenant === current().tenant);
      const waiting = !ours.length || ours.some((account) => account.webhook_ok === false);
      nextLook = setTimeout(refreshWorld, waiting ? LOOK_AGAIN_MS.waiting : LOOK_AGAIN_MS.calm);
    } catch {
      change({ connection: "lost" });
    }
  });
  return refreshing;
}

export function connect(attempt = 0) {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/events`);
  let worked = false;
  socket.onopen = () => {
    worked = true;
    change({ connection: "open" });
    refreshWorld();
    openAgain();
  };
  socket.onmessage = (message) => receive(JSON.parse(message.data));
  socket.onclose = () => {
    clearTimeout(nextLook);
    change({ connection: "lost" });
    const next = worked ? 0 : attempt + 1;
    setTimeout(() => connect(next), RETRY_MS[Math.min(next, RETRY_MS.length - 1)]);
  };
}
