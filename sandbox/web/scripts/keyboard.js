// Moving through the messages without a mouse: Up and Down between messages, Left and Right between what
// can be done with one, Escape back to the input. Only the buttons of the bot are stops of the Tab key.

const messageOf = (element) => element.closest("[data-testid=message]");
const paneOf = (element) => element.closest(".pane");
const messagesIn = (pane) => [...pane.querySelectorAll("[data-testid=message]")];

/** From the empty input: the latest message. */
export function focusLatest(element) {
  messagesIn(paneOf(element)).at(-1)?.focus();
}

function moveBetweenMessages(message, step) {
  const messages = messagesIn(paneOf(message));
  const next = messages[messages.indexOf(message) + step];
  if (next) next.focus();
  else if (step > 0) paneOf(message).querySelector("textarea")?.focus();
}

function moveWithin(message, step) {
  const stops = [message, ...message.querySelectorAll("button, a, input")];
  stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
}

export function onMessageKeyDown(event) {
  const message = messageOf(event.target);
  const step = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!message || event.target.closest("dialog") || event.target.matches("input") || !(step || event.key === "Escape")) return;
  event.preventDefault();
  if (event.key === "Escape") paneOf(message).querySelector("textarea")?.focus();
  else if (event.key === "ArrowUp" || event.key === "ArrowDown") moveBetweenMessages(message, step);
  else moveWithin(message, step);
}
