// What the page knows: one immutable state, replaced on every change; components read slices of it.
import { useSyncExternalStore } from "./kit.js";

const remembered = JSON.parse(localStorage.getItem("steward-sandbox") ?? "{}");

/** An empty conversation; `chats` holds one for each chat key that was opened. */
export const NO_CHAT = Object.freeze({ messages: [], typing: false, loaded: false, blocked: false, error: "", toast: null });

let state = {
  connection: "connecting", // then "open" or "lost"
  world: null,
  chats: {},
  tenant: remembered.tenant ?? null,
  ownerChannel: remembered.ownerChannel ?? "telegram",
  persons: remembered.persons ?? {}, // role -> id of the person the user plays
  arrival: null, // {prefix, text}: a link that was followed into a chat, and what "Start" says there
  unread: {}, // tenant id -> true when something arrived there unseen
};
const listeners = new Set();

export const current = () => state;

export function change(patch) {
  state = { ...state, ...patch };
  const { tenant, ownerChannel, persons } = state;
  localStorage.setItem("steward-sandbox", JSON.stringify({ tenant, ownerChannel, persons }));
  for (const listener of listeners) listener();
}

/** `update` gets the chat (or an empty one) and returns the fields to replace. */
export function changeChat(key, update) {
  const chat = state.chats[key] ?? NO_CHAT;
  change({ chats: { ...state.chats, [key]: { ...chat, ...update(chat) } } });
}

function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The part of the state that `pick` returns; it must be a value kept in the state, not a new object. */
export const useStore = (pick) => useSyncExternalStore(subscribe, () => pick(state));
export const useChat = (key) => useStore((all) => (key && all.chats[key]) || NO_CHAT);
