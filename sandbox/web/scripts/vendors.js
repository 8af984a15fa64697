// What an owner does at the vendors themselves: a bot and its token at BotFather, a number and its webhook at Meta.
import * as api from "./api.js";
import { showBusiness } from "./businesses.js";
import { Icon } from "./icons.js";
import { html, useEffect, useRef, useState } from "./kit.js";
import { BotFields, useBotNames } from "./new_bot.js";

const COPIED_MS = 2500;

/** Copies by the browser's clipboard, or by selecting where that is not allowed. */
async function copy(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy");
  }
}

/** One value to carry to Steward. It is shown this one time. */
function Secret({ label, value, testId }) {
  const field = useRef(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const press = async () => {
    await copy(field.current);
    setCopied(true);
  };
  return html`
    <div className="secret">
      <label htmlFor=${testId}>${label}</label>
      <input id=${testId} ref=${field} type="text" readOnly value=${value} data-testid=${testId} onFocus=${(event) => event.target.select()} />
      <button type="button" className="quiet-button" data-testid=${`${testId}-copy`} onClick=${press} aria-label=${`Copy ${label.toLowerCase()}`}>
        <${Icon} name=${copied ? "check" : "copy"} size=${15} /> ${copied ? "Copied" : "Copy"}</button>
    </div>`;
}

const Card = ({ icon, title, hint, children, ...rest }) => html`
  <section className="vendor" ...${rest}>
    <h3><${Icon} name=${icon} size=${17} /> ${title}</h3>
    <p className="outside-hint">${hint}</p>
    ${children}
  </section>`;

const Handed = ({ children }) => html`<div className="handed" data-testid="handed"><p>Copy now: this is shown once.</p>${children}</div>`;

/** Runs `work` and reports what it says, or what went wrong, to the foot of the drawer. */
const reporting = (onNote) => async (work) => {
  try {
    onNote({ text: (await work()) ?? "" });
  } catch (problem) {
    onNote({ text: problem.message, failed: true });
  }
};

function Revoke({ bots, onRevoke }) {
  const [chosen, setChosen] = useState("");
  const username = bots.some((bot) => bot.username === chosen) ? chosen : bots[0]?.username;
  if (!username) return null;
  return html`
    <div className="vendor-line">
      <select aria-label="Bot" value=${username} data-testid="revoke-bot" onChange=${(event) => setChosen(event.target.value)}>
        ${bots.map((bot) => html`<option key=${bot.username} value=${bot.username}>${bot.name} · @${bot.username}</option>`)}
      </select>
      <button type="button" className="quiet-button" data-testid="revoke" onClick=${() => onRevoke(username)}>Revoke token</button>
    </div>`;
}

export function BotFatherCard({ bots, onNote, onChange }) {
  const names = useBotNames();
  const [handed, setHanded] = useState(null);
  const run = reporting(onNote);
  const create = (event) => {
    event.preventDefault();
    run(async () => {
      const made = await api.makeBot({ name: names.name, username: names.username });
      setHanded(made);
      names.clear();
      await showBusiness(made.tenant);
      await onChange();
      return `@${made.username} is made. Paste its token into the admin bot; it asks for it after /new.`;
    });
  };
  const revoke = (username) =>
    run(async () => {
      setHanded(await api.revokeToken(username));
      await onChange();
      return `The old token of @${username} no longer works. Steward finds out with its next call.`;
    });
  return html`
    <${Card} icon="bot" title="BotFather" hint="Makes a Telegram bot of your own, if you would rather paste a token than tap once." data-testid="botfather">
      <form className="vendor-form" onSubmit=${create}>
        <${BotFields} names=${names} id="botfather" />
        <button type="submit" className="quiet-button" data-testid="botfather-create">New bot</button>
      </form>
      ${handed && html`<${Handed}><${Secret} key=${handed.token} label=${`Token of @${handed.username}`} value=${handed.token} testId="bot-token" /><//>`}
      <${Revoke} bots=${bots.filter((bot) => bot.role === "customer").sort((a, b) => b.id - a.id)} onRevoke=${revoke} />
    <//>`;
}

function Webhook({ numbers, chosen, onChoose, onVerify }) {
  const [url, setUrl] = useState("");
  const [word, setWord] = useState("");
  const id = numbers.some((number) => number.id === chosen) ? chosen : numbers.at(-1)?.id;
  if (!id) return null;
  const submit = (event) => {
    event.preventDefault();
    onVerify(id, { url, verify_token: word });
  };
  return html`
    <form className="vendor-form" onSubmit=${submit}>
      <label className="field" htmlFor="webhook-number"><span>Webhook of</span>
        <select id="webhook-number" value=${id} data-testid="webhook-number" onChange=${(event) => onChoose(event.target.value)}>
          ${numbers.map((number) => html`<option key=${number.id} value=${number.id}>${number.name} · ${number.display_phone_number}</option>`)}
        </select></label>
      <label className="field" htmlFor="webhook-url"><span>Address</span>
        <input id="webhook-url" type="text" inputMode="url" autoComplete="off" spellCheck="false" placeholder="http://127.0.0.1…" value=${url}
          data-testid="webhook-url" onChange=${(event) => setUrl(event.target.value)} /></label>
      <label className="field" htmlFor="webhook-word"><span>Verify token</span>
        <input id="webhook-word" type="text" autoComplete="off" spellCheck="false" placeholder="the admin bot shows it" value=${word}
          data-testid="webhook-word" onChange=${(event) => setWord(event.target.value)} /></label>
      <button type="submit" className="quiet-button" data-testid="webhook-verify">Verify and save</button>
    </form>`;
}

export function MetaCard({ numbers, onNote, onChange }) {
  const [name, setName] = useState("");
  const [handed, setHanded] = useState(null);
  const [chosen, setChosen] = useState("");
  const run = reporting(onNote);
  const create = (event) => {
    event.preventDefault();
    run(async () => {
      const made = await api.makeNumber({ name });
      setHanded(made);
      setChosen(made.id);
      setName("");
      await showBusiness(made.tenant);
      await onChange();
      return `${made.display_phone_number} is yours. Give the three values to the admin bot, then paste the webhook address it answers with.`;
    });
  };
  const verify = (id, body) =>
    run(async () => {
      const { passed, why } = await api.setWebhook(id, body);
      await onChange();
      if (!passed) throw new Error(why);
      return "Passed: the webhook answered the challenge. What customers write is delivered there now.";
    });
  return html`
    <${Card} icon="whatsapp" title="Meta" hint="Gives your business a WhatsApp number and says where its messages are delivered." data-testid="meta">
      <form className="vendor-form" onSubmit=${create}>
        <label className="field" htmlFor="meta-name"><span>Name</span>
          <input id="meta-name" type="text" maxLength="64" autoComplete="off" placeholder="Corner Bakery" value=${name} data-testid="meta-name"
            onChange=${(event) => setName(event.target.value)} /></label>
        <button type="submit" className="quiet-button" data-testid="meta-create">New WhatsApp number</button>
      </form>
      ${handed &&
      html`<${Handed}>
        <${Secret} label="Phone number id" value=${handed.phone_number_id} testId="phone-number-id" />
        <${Secret} label="Access token" value=${handed.access_token} testId="access-token" />
        <${Secret} label="App secret" value=${handed.app_secret} testId="app-secret" />
      <//>`}
      <${Webhook} numbers=${numbers} chosen=${chosen} onChoose=${setChosen} onVerify=${verify} />
    <//>`;
}
