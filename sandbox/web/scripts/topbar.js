// Above the panes: which business, whether everything is connected, and the faults switchboard.
import { countFaults } from "./faults.js";
import { Icon } from "./icons.js";
import { html } from "./kit.js";
import { change, current, useStore } from "./store.js";

const PILLS_AT_MOST = 5;
const CONNECTION = { connecting: "Connecting", open: "Live", lost: "Reconnecting" };

function choose(id) {
  const { unread } = current();
  change({ tenant: id, unread: { ...unread, [id]: false } });
}

function TenantPills({ tenants, chosen }) {
  const unread = useStore((all) => all.unread);
  return html`
    <div className="tenant-pills" role="radiogroup" aria-label="Business" data-testid="tenant-picker">
      ${tenants.map(
        (tenant) => html`
          <label key=${tenant.id} className="tenant-pill" data-testid=${`tenant-${tenant.id}`}>
            <input type="radio" name="tenant" value=${tenant.id} checked=${tenant.id === chosen} onChange=${() => choose(tenant.id)} />
            <span>${tenant.name}</span>
            ${unread[tenant.id] && html`<span className="dot" role="img" aria-label="new messages"></span>`}
          </label>`,
      )}
    </div>`;
}

function TenantSelect({ tenants, chosen }) {
  const unread = useStore((all) => all.unread);
  return html`
    <select className="tenant-select" aria-label="Business" data-testid="tenant-picker" value=${chosen ?? ""}
      onChange=${(event) => choose(event.target.value)}>
      ${tenants.map((tenant) => html`<option key=${tenant.id} value=${tenant.id}>${tenant.name}${unread[tenant.id] ? " •" : ""}</option>`)}
    </select>`;
}

export function TopBar({ world, tenant, onOpen }) {
  const connection = useStore((all) => all.connection);
  const tenants = world?.tenants ?? [];
  const faults = countFaults(world?.faults);
  const Picker = tenants.length > PILLS_AT_MOST ? TenantSelect : TenantPills;
  return html`
    <header className="topbar">
      <div className="brand">
        <img src="/static/icon.svg" alt="" width="30" height="30" />
        <h1>Steward <span>sandbox</span></h1>
      </div>
      ${tenants.length > 0 && html`<${Picker} tenants=${tenants} chosen=${tenant?.id} />`}
      <div className="topbar-end">
        <span className=${`connection connection-${connection}`} role="status" data-testid="connection">${CONNECTION[connection]}</span>
        <button type="button" className="quiet-button" data-testid="outside" onClick=${() => onOpen("outside")}
          title="BotFather, Meta, suppliers, carriers, and each business’s books">
          <${Icon} name="world" size=${17} /> <span>Outside<span className="wide-only"> world</span></span>
        </button>
        <button type="button" className=${`quiet-button ${faults ? "is-on" : ""}`} data-testid="faults" onClick=${() => onOpen("faults")}
          title="Make the network misbehave">
          <${Icon} name="faults" size=${17} /> Faults${faults > 0 && html`<span className="count">${faults}</span>`}
        </button>
      </div>
    </header>`;
}

/** One line that says what to do when the page cannot work; nothing when all is well. */
export function Banner({ world }) {
  const connection = useStore((all) => all.connection);
  const text =
    connection === "lost"
      ? html`The sandbox does not answer. Start it with <code>make run</code>; this page reconnects by itself.`
      : world && world.accounts.length === 0
        ? html`Steward is not connected yet. Start it with <code>make run</code>; its bots appear here by themselves.`
        : null;
  return text && html`<p className="banner" role="alert" data-testid="banner"><${Icon} name="warning" size=${18} /> <span>${text}</span></p>`;
}

/** On small screens the panes are stacked; these links jump between them. */
export const PaneLinks = () => html`
  <nav className="pane-links" aria-label="Chats">
    <a href="#telegram"><${Icon} name="telegram" size=${16} /> Telegram</a>
    <a href="#whatsapp"><${Icon} name="whatsapp" size=${16} /> WhatsApp</a>
    <a href="#owner"><${Icon} name="owner" size=${16} /> Owner</a>
  </nav>`;
