// What a first-time visitor reads in an empty pane.
import { Icon } from "./icons.js";
import { html } from "./kit.js";

const OWNER_TRIES = ["/new", "/start", "/inbox"];
const CUSTOMER_TRIES = ["Hello!", "What are your opening hours?", "Can I talk to a person?"];
/** What fits the businesses of the demo, by tenant; all others get the general ones. */
const DEMO_TRIES = {
  bakery: ["When do you open on Sunday?", "How much is the seeded rye?", "My order O-3101 came burnt"],
  forwarder: ["Where is BA-20417?", "How long does sea freight from Shanghai take?", "Please explain invoice INV-7001"],
  procurement: ["¿Cuál es el pedido mínimo?", "¿Cuánto cuesta el arroz bomba?", "Quiero hablar con una persona"],
};

function hintFor({ pane, role, person }, tenant) {
  const who = person?.name ?? "someone";
  if (role === "admin") {
    const join = tenant?.link && "Start by joining as the owner, below, or make a business of your own.";
    return {
      title: `You are ${who}, the owner`,
      text: `What the assistant cannot answer or may not decide alone comes to you here. ${join || "Answer, approve, or ask how things stand."}`,
      tries: join ? OWNER_TRIES.slice(0, 1) : OWNER_TRIES,
    };
  }
  return {
    title: `You are ${who}, a customer`,
    text:
      pane === "telegram"
        ? "Say hello, or ask what one would ask here. Ask something odd, and watch it reach the owner."
        : "The same business, on WhatsApp. Write, send a photo, or hold a thought in a voice note.",
    tries: DEMO_TRIES[tenant?.id] ?? CUSTOMER_TRIES,
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

const BY_HAND = {
  admin: "Steward connects it when it starts.",
  telegram: "Write /new to the admin bot, or make one at BotFather under “Outside world”.",
  whatsapp: "Make one at Meta under “Outside world”, and give it to the admin bot.",
};

/** What stands in a pane that has no bot behind it. */
export const NoAccount = ({ cast, tenant }) => html`
  <div className="empty-chat" data-testid="no-account">
    <span className="empty-icon"><${Icon} name=${cast.pane} size=${30} /></span>
    <h3>${tenant || cast.person ? "Nobody answers here yet" : "Waiting for Steward"}</h3>
    <p>
      ${tenant || cast.person
        ? `${tenant?.name ?? "Your business"} has no ${cast.role === "admin" ? "admin bot" : cast.channel === "whatsapp" ? "WhatsApp number" : "Telegram bot"} yet. ${BY_HAND[cast.role === "admin" ? "admin" : cast.channel]}`
        : "As soon as Steward runs, its bots appear here and you can write to them."}
    </p>
  </div>`;
