// Businesses that come into being while the page is open, and links that lead to one of its chats.
import * as api from "./api.js";
import { change, current } from "./store.js";

const TELEGRAM_LINK = /^https?:\/\/t\.me\/(\w+)(?:\?start=([\w-]{1,64}))?$/;
const WHATSAPP_LINK = /^https?:\/\/wa\.me\/(\d+)(?:\?text=.+)?$/;

/** Shows a business that was just made, unless the owner's pane would lose its admin bot by that. */
export async function showBusiness(tenant) {
  const world = await api.loadWorld();
  const { tenant: chosen, unread } = current();
  const ownAdmin = world.accounts.some((account) => account.role === "admin" && account.tenant && account.tenant === chosen);
  if (ownAdmin) change({ world, unread: { ...unread, [tenant]: true } });
  else change({ world, tenant, unread: { ...unread, [tenant]: false } });
}

const digits = (text) => (text ?? "").replace(/\D/g, "");

const byUsername = (accounts, name) => accounts.find((each) => each.username?.toLowerCase() === name.toLowerCase());
const byNumber = (accounts, number) => accounts.find((each) => each.display_phone_number && digits(each.display_phone_number) === number);

/** {account, text} of a link into a chat of this world, text being what "Start" there says, if anything; else null. */
function arrivalOf(url) {
  const accounts = current().world?.accounts ?? [];
  const [, username, code] = url.match(TELEGRAM_LINK) ?? [];
  const [, number] = url.match(WHATSAPP_LINK) ?? [];
  const account = username ? byUsername(accounts, username) : number && byNumber(accounts, number);
  if (!account) return null;
  return { account, text: username ? code && `/start ${code}` : new URL(url).searchParams.get("text") };
}

/** A click on a link that belongs to this world opens the chat here instead of leaving for the vendor's real site. */
export function followLink(event) {
  const url = event.target.closest?.("a")?.href;
  const arrival = url && arrivalOf(url);
  if (!arrival) return;
  event.preventDefault();
  const { account, text } = arrival;
  change({
    arrival: text ? { prefix: account.key_prefix, text } : null,
    ...(account.role === "admin" ? { ownerChannel: account.channel } : { tenant: account.tenant }),
  });
}
