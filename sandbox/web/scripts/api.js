// The sandbox's own API (see sandbox/API.md): one function a call, errors as sentences that say what to do.

export class ApiError extends Error {}

async function call(method, path, body) {
  const options = { method };
  if (body instanceof FormData) {
    options.body = body;
  } else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ApiError("The sandbox does not answer. Start it again with “make run”, then try once more.");
  }
  if (!response.ok) throw new ApiError(await explain(response));
  return (response.headers.get("Content-Type") ?? "").includes("json") ? response.json() : null;
}

async function explain(response) {
  if (response.status === 413) return "This file is too large for the sandbox. Try a smaller one.";
  const text = (await response.text()).trim();
  try {
    const answer = JSON.parse(text);
    return answer.error ?? answer.message ?? `The sandbox refused this (${response.status}).`;
  } catch {
    return text && text.length < 300 ? text : `The sandbox refused this (${response.status}). Its log says why.`;
  }
}

const chatPath = (key, action = "") => `/api/chats/${encodeURIComponent(key)}${action && `/${action}`}`;

export const loadWorld = () => call("GET", "/api/world");
export const loadChat = (key) => call("GET", chatPath(key));
export const makeManagedBot = (key, body) => call("POST", chatPath(key, "managed_bot"), body);
export const loadVendors = async () => {
  const [{ bots }, { numbers }] = await Promise.all([call("GET", "/api/botfather/bots"), call("GET", "/api/meta/numbers")]);
  return { bots, numbers };
};
export const makeBot = (body) => call("POST", "/api/botfather/bots", body);
export const revokeToken = (username) => call("POST", `/api/botfather/bots/${encodeURIComponent(username)}/revoke`, {});
export const makeNumber = (body) => call("POST", "/api/meta/numbers", body);
export const setWebhook = (id, body) => call("PUT", `/api/meta/numbers/${encodeURIComponent(id)}/webhook`, body);
export const savePerson = (id, body) => call("PUT", `/api/people/${encodeURIComponent(id)}`, body);
export const loadFaults = () => call("GET", "/control/faults");
export const saveFaults = (faults) => call("PUT", "/control/faults", faults);
export const loadOutside = async () => {
  const [world, { businesses }] = await Promise.all([call("GET", "/control/world"), call("GET", "/control/business")]);
  return { ...world, businesses };
};
export const savePrice = (supplier, item, price) => call("PUT", `/suppliers/${encodeURIComponent(supplier)}/prices`, { [item]: price });
export const delayShipment = (carrier, reference, days) =>
  call("POST", `/carriers/${encodeURIComponent(carrier)}/delay`, { reference, days });

/** content: {text?, reply_to?, contact?, location?} */
export const sendMessage = (key, content) => call("POST", chatPath(key, "messages"), content);

export function sendFile(key, file, { caption = "", voice = false, replyTo } = {}) {
  const form = new FormData();
  form.append("file", file, file.name);
  if (caption) form.append("text", caption);
  if (voice) form.append("voice", "1");
  if (file.asDocument) form.append("as", "document");
  if (replyTo) form.append("reply_to", replyTo);
  return call("POST", chatPath(key, "messages"), form);
}

export const tap = (key, messageId, data) => call("POST", chatPath(key, "tap"), { message_id: messageId, data });
/** What the shop's owner types on the shop's own phone, not through Steward (WhatsApp coexistence). */
export const echo = (key, text) => call("POST", chatPath(key, "echo"), { text });
export const edit = (key, messageId, text) => call("POST", chatPath(key, "edit"), { message_id: messageId, text });
export const react = (key, messageId, emoji) => call("POST", chatPath(key, "react"), { message_id: messageId, emoji });
export const block = (key, blocked) => call("POST", chatPath(key, "block"), { blocked });
export const markRead = (key) => call("POST", chatPath(key, "read"), {});
export const age = (key, hours) => call("POST", chatPath(key, "age"), { hours });
export const fileUrl = (id) => `/api/files/${encodeURIComponent(id)}`;
