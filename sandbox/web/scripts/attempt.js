// Calls of the API on behalf of a pane: what goes wrong becomes the pane's error line.
import { changeChat } from "./store.js";

/** Returns what `work` resolves to (true for nothing), or null when it failed. */
export async function attempt(key, work) {
  try {
    const result = await work();
    changeChat(key, (chat) => (chat.error ? { error: "" } : {}));
    return result ?? true;
  } catch (error) {
    changeChat(key, () => ({ error: error.message }));
    return null;
  }
}
