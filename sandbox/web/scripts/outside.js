// A drawer with the other systems of the world: what suppliers charge, where carriers say the shipments are, and what
// Steward has entered in each business's own books.
import * as api from "./api.js";
import { Icon } from "./icons.js";
import { html, useEffect, useRef, useState } from "./kit.js";
import { BotFatherCard, MetaCard } from "./vendors.js";

const NOBODY = { suppliers: [], carriers: [], businesses: [], bots: [], numbers: [] };
const ENTRIES = 8;
const DAYS = 2;
const moment = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** The outside world while the drawer is open, what was said of the last change, and how to make one. */
function useOutside(open) {
  const [outside, setOutside] = useState(NOBODY);
  const read = async () => setOutside({ ...(await api.loadOutside()), ...(await api.loadVendors()) });
  const [note, setNote] = useState(null);
  const run = async (work) => {
    try {
      const said = await work();
      await read();
      setNote(said ? { text: said } : null);
    } catch (problem) {
      setNote({ text: problem.message, failed: true });
    }
  };
  useEffect(() => {
    if (open) run(async () => "");
  }, [open]);
  const setPrice = (supplier, item, price) =>
    run(async () => {
      await api.savePrice(supplier, item, price);
      return `${item} now costs ${price}. Steward reads the list every few seconds and tells the owner.`;
    });
  const delay = (carrier, reference) =>
    run(async () => {
      const { eta, steward } = await api.delayShipment(carrier, reference, DAYS);
      const taken = steward.results?.[0]?.result === "recorded";
      return `${reference} is now expected on ${day.format(new Date(eta))}. ${taken ? "Steward has taken the report." : "Steward knew better."}`;
    });
  return { outside, note, setNote, read, setPrice, delay };
}

function Price({ supplier, currency, item, price, onChange }) {
  const [shown, setShown] = useState(price);
  useEffect(() => setShown(price), [price]);
  const commit = (event) => {
    event?.preventDefault();
    if (!shown.trim()) setShown(price);
    else if (shown.trim() !== price) onChange(shown.trim());
  };
  const id = `price-${supplier}-${item}`;
  return html`
    <form className="outside-row" onSubmit=${commit}>
      <label htmlFor=${id}>${item}</label>
      <span className="outside-price">
        <input id=${id} type="text" inputMode="decimal" autoComplete="off" value=${shown} data-testid="outside-price"
          onChange=${(event) => setShown(event.target.value)} onBlur=${() => commit()} />
        <small>${currency}</small>
      </span>
    </form>`;
}

function Shipment({ reference, status, eta, promised, onDelay }) {
  const late = new Date(eta) > new Date(promised);
  return html`
    <div className="outside-row">
      <div>
        <b>${reference}</b> ${late && html`<span className="outside-late">late</span>`}
        <small>${status}</small>
        <small>Promised ${day.format(new Date(promised))}, expected ${day.format(new Date(eta))}</small>
      </div>
      <button type="button" className="quiet-button" data-testid=${`delay-${reference}`} onClick=${onDelay}
        aria-label=${`Delay ${reference} by ${DAYS} days`}>+ ${DAYS} days</button>
    </div>`;
}

/** One entry of a business's books: /business/forwarder/invoices/INV-7001/credits of 82.00 */
function Entry({ id, path, body, at, deleted }) {
  const [subject, kind] = path.split("/").slice(-2).map(decodeURIComponent);
  const what = kind === "deliveries" ? `Delivery of ${body.order} on ${body.date}` : `${body.amount} on ${subject}`;
  return html`
    <div className="outside-row" data-testid=${`entry-${id}`}>
      <div>
        <b className=${deleted ? "outside-gone" : ""}>${id}</b> ${deleted && html`<span className="outside-late">taken back</span>`}
        <small>${body.reason ?? ""}</small>
        <small>${moment.format(new Date(at))}</small>
      </div>
      <span className=${deleted ? "outside-sum outside-gone" : "outside-sum"}>${what}</span>
    </div>`;
}

function Business({ icon, title, hint, children }) {
  return html`
    <section>
      <h3><${Icon} name=${icon} size=${17} /> ${title}</h3>
      <p className="outside-hint">${hint}</p>
      ${children}
    </section>`;
}

export function OutsideDrawer({ open, tenants, onClose }) {
  const dialog = useRef(null);
  const { outside, note, setNote, read, setPrice, delay } = useOutside(open);
  const say = ({ text, failed }) => setNote(text ? { text, failed } : null);
  const nameOf = (id) => tenants.find((tenant) => tenant.id === id)?.name ?? id;
  useEffect(() => {
    if (open) dialog.current.showModal();
    else dialog.current.close();
  }, [open]);
  return html`
    <dialog className="drawer" ref=${dialog} aria-label="Outside world" data-testid="outside-drawer" onClose=${onClose}
      onClick=${(event) => event.target === dialog.current && onClose()}>
      <div className="drawer-head">
        <div><h2>Outside world</h2><p>Make a bot or a number of your own, change a price, delay a shipment; at the end, what stands in each business’s books.</p></div>
        <button type="button" className="icon-button" aria-label="Close" data-testid="outside-close" onClick=${onClose}><${Icon} name="close" /></button>
      </div>
      <div className="drawer-body">
        ${open &&
        html`<${BotFatherCard} bots=${outside.bots} onNote=${say} onChange=${read} />
          <${MetaCard} numbers=${outside.numbers} onNote=${say} onChange=${read} />`}
        ${outside.suppliers.map(
          ({ name, currency, items }) => html`
            <${Business} key=${`s-${name}`} icon="list" title=${`Supplier of ${nameOf(name)}`} hint="The price list it publishes; type a new price and press Enter.">
              ${items.map(
                ({ item, price }) => html`<${Price} key=${item} supplier=${name} currency=${currency} item=${item} price=${price}
                  onChange=${(next) => setPrice(name, item, next)} />`,
              )}
            <//>`,
        )}
        ${outside.carriers.map(
          ({ name, shipments }) => html`
            <${Business} key=${`c-${name}`} icon="pin" title=${`Carrier of ${nameOf(name)}`} hint="The customer hears of a delay where they wrote before, the owner always.">
              ${shipments.map(
                (shipment) => html`<${Shipment} key=${shipment.reference} ...${shipment} onDelay=${() => delay(name, shipment.reference)} />`,
              )}
            <//>`,
        )}
        ${outside.businesses.map(
          ({ name, entries }) => html`
            <${Business} key=${`b-${name}`} icon="file" title=${`Books of ${nameOf(name)}`}
              hint=${entries.length ? "What was entered in its own system, the latest first." : "Nothing was entered in its own system yet. An approved credit or refund appears here."}>
              ${entries.slice(-ENTRIES).reverse().map((entry) => html`<${Entry} key=${entry.id} ...${entry} />`)}
            <//>`,
        )}
      </div>
      <div className="drawer-foot outside-foot" role="status" data-testid="outside-note" data-failed=${Boolean(note?.failed)}>
        ${note ? note.text : "Alerts arrive in the owner’s chat of that business."}
      </div>
    </dialog>`;
}
