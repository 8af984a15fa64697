// A line between the messages for what happened in the chat without words.
import { showBusiness } from "./businesses.js";
import { Icon } from "./icons.js";
import { html } from "./kit.js";
import { current } from "./store.js";

function show(username) {
  const account = current().world?.accounts.find((each) => each.username === username);
  if (account) showBusiness(account.tenant);
}

/** A person made a bot through this one; the button leads to its customers. */
export const BotMade = ({ message }) => {
  const { name, username } = message.managed_bot;
  return html`
    <p className="service-note" data-testid="bot-made">
      <${Icon} name="bot" size=${15} /> <span>You made <b>${name}</b></span>
      <button type="button" data-testid="bot-made-open" onClick=${() => show(username)}>@${username}</button>
    </p>`;
};
