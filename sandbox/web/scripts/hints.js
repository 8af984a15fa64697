// What a first-time visitor reads in an empty pane.
import { Icon } from "./icons.js";
import { html } from "./kit.js";

const CUSTOMER_TRIES = ["Hello!", "What are your opening hours?", "Can I talk to a person?"];

function hintFor({ pane, role, person, account, channel }, tenant) {
  const who = person?.name ?? "someone";
  if (role === "admin") {
    const join = tenant?.link && "Start by joining as the owner, below.";
    return {
      title: `You are ${who}, the owner`,
      text: `What the assistant cannot answer or may not decide alone comes to you here. ${join || "Answer, approve, or ask how things stand."}`,
      tries: join ? [] : channel === "telegram" ? (account?.commands ?? []).slice(0, 2).map(commandText) : ["/status"],
    };
  }
  return {
    title: `You are ${who}, a customer`,
    text:
      pane === "telegram"
        ? "Say hello, or ask about opening hours, prices or an order. Ask something odd, and watch it reach the owner."
        : "The same business, on WhatsApp. Write, send a photo, or hold a thought in a voice note.",
    tries: CUSTOMER_TRIES,
  };
}

/** A command comes as "status" or as {command, description}. */
export const commandText = (command) => `/${(command.command ?? command).replace(/^\//, "")}`;

export function EmptyChat({ cast, tenant, onTry }) {
  const { title, text, tries } = hintFor(cast, tenant);
  return html`
    <div className="empty-chat" data-testid="empty">
      <span className="empty-icon"><${Icon} name=${cast.pane} size=${30} /></span>
      <h3>${title}</h3>
      <p>${text}</p>
      ${tries.length > 0 &&
      html`<div className="tries">
        ${tries.map((each) => html`<button key=${each} type="button" className="try" data-testid="try" onClick=${() => onTry(each)}>${each}</button>`)}
      </div>`}
    </div>`;
}

/** What stands in a pane that has no bot behind it. */
export const NoAccount = ({ cast, tenant }) => html`
  <div className="empty-chat" data-testid="no-account">
    <span className="empty-icon"><${Icon} name=${cast.pane} size=${30} /></span>
    <h3>${tenant ? "Nobody answers here yet" : "Waiting for Steward"}</h3>
    <p>
      ${tenant
        ? `${tenant.name} has no ${cast.role === "admin" ? "admin bot" : cast.channel === "whatsapp" ? "WhatsApp number" : "Telegram bot"} yet. Steward connects it when it starts.`
        : "As soon as Steward runs, its bots appear here and you can write to them."}
    </p>
  </div>`;
