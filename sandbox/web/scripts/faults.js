// A drawer with the troubles that can be switched on; they take effect at once.
import * as api from "./api.js";
import { Icon } from "./icons.js";
import { html, useEffect, useRef, useState } from "./kit.js";
import { current } from "./store.js";

const CHANNELS = { telegram: "Telegram", whatsapp: "WhatsApp" };
const SIDES = { deliveries: "On the way to Steward", calls: "When Steward calls" };
const NAMES = {
  duplicate: ["Deliver twice", "the same update again"],
  reorder: ["Out of order", "overtaken by the next message"],
  drop: ["Lost", "no delivery, or no answer to a call"],
  delay_ms: ["Delay up to", "milliseconds, at random"],
  batch_ms: ["Collect for", "milliseconds into one body"],
  rate_429: ["Too many requests", "429 with a time to wait"],
  error_5xx: ["Server error", "502 and the like"],
  late_errors: ["Late refusal", "as a failed status after a 200"],
};

const isGroup = (value) => value !== null && typeof value === "object";

/** The groups of a channel; a flat channel counts as one group without a side. */
function groupsOf(channel) {
  const nested = Object.entries(channel).filter(([, value]) => isGroup(value));
  return nested.length ? nested : [["", channel]];
}

export function countFaults(faults) {
  const values = Object.values(faults ?? {}).flatMap((channel) => groupsOf(channel).flatMap(([, group]) => Object.values(group)));
  return values.filter((value) => typeof value === "number" && value > 0).length;
}

function Fault({ id, name, value, onChange }) {
  const [title, hint] = NAMES[name] ?? [name.replaceAll("_", " "), ""];
  const time = name.endsWith("_ms");
  const [shown, setShown] = useState(value);
  useEffect(() => setShown(value), [value]);
  const slide = (event) => setShown(Number(event.target.value));
  const commit = () => shown !== value && onChange(shown);
  return html`
    <div className=${`fault ${shown > 0 ? "is-on" : ""}`}>
      <label htmlFor=${id}><b>${title}</b><small>${hint}</small></label>
      <input id=${id} type="range" min="0" max=${time ? 5000 : 1} step=${time ? 100 : 0.05} value=${shown} data-testid=${`fault-${id}`}
        onChange=${slide} onPointerUp=${commit} onKeyUp=${commit} onBlur=${commit} />
      <output htmlFor=${id}>${time ? `${shown} ms` : `${Math.round(shown * 100)} %`}</output>
    </div>`;
}

function FaultGroup({ channel, side, group, onChange }) {
  return html`
    <fieldset>
      <legend>${SIDES[side] ?? "Faults"}</legend>
      ${Object.entries(group).map(([name, value]) => {
        const set = (next) => onChange({ [channel]: side ? { [side]: { [name]: next } } : { [name]: next } });
        return html`<${Fault} key=${name} id=${[channel, side, name].filter(Boolean).join("-")} name=${name} value=${value} onChange=${set} />`;
      })}
    </fieldset>`;
}

/** The same shape with every value 0. */
const calm = (value) => (isGroup(value) ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, calm(each)])) : 0);

function useFaults(open) {
  const [faults, setFaults] = useState(current().world?.faults ?? {});
  const [error, setError] = useState("");
  const run = async (work) => {
    try {
      await work();
      setFaults(await api.loadFaults());
      setError("");
    } catch (problem) {
      setError(problem.message);
    }
  };
  useEffect(() => {
    if (open) run(async () => {});
  }, [open]);
  return { faults, error, save: (patch) => run(() => api.saveFaults(patch)) };
}

export function FaultsDrawer({ open, onClose }) {
  const dialog = useRef(null);
  const { faults, error, save } = useFaults(open);
  useEffect(() => {
    if (open) dialog.current.showModal();
    else dialog.current.close();
  }, [open]);
  return html`
    <dialog className="drawer" ref=${dialog} aria-label="Faults" data-testid="faults-drawer" onClose=${onClose}
      onClick=${(event) => event.target === dialog.current && onClose()}>
      <div className="drawer-head">
        <div><h2>Faults</h2><p>Make the network behave as on a bad day, and see that nothing is lost.</p></div>
        <button type="button" className="icon-button" aria-label="Close" data-testid="faults-close" onClick=${onClose}><${Icon} name="close" /></button>
      </div>
      <div className="drawer-body">
        ${error && html`<p className="note note-error" role="alert">${error}</p>`}
        ${Object.entries(faults).map(
          ([channel, values]) => html`<section key=${channel} data-channel=${channel}>
            <h3><${Icon} name=${channel} size=${17} /> ${CHANNELS[channel] ?? channel}</h3>
            ${groupsOf(values).map(([side, group]) => html`<${FaultGroup} key=${side} channel=${channel} side=${side} group=${group} onChange=${save} />`)}
          </section>`,
        )}
      </div>
      <div className="drawer-foot">
        <button type="button" className="quiet-button" data-testid="faults-calm" disabled=${countFaults(faults) === 0} onClick=${() => save(calm(faults))}>All calm again</button>
      </div>
    </dialog>`;
}
