// The page: a top bar and the three panes.
import { connect } from "./events.js";
import { FaultsDrawer } from "./faults.js";
import { createRoot, html, useEffect, useState } from "./kit.js";
import { OutsideDrawer } from "./outside.js";
import { Pane } from "./pane.js";
import { change, useStore } from "./store.js";
import { Banner, PaneLinks, TopBar } from "./topbar.js";

const PANES = ["telegram", "whatsapp", "owner"];

/** The chosen tenant while it exists, else the first. */
function useTenant(world) {
  const chosen = useStore((all) => all.tenant);
  const tenants = world?.tenants ?? [];
  const tenant = tenants.find((each) => each.id === chosen) ?? tenants[0] ?? null;
  useEffect(() => {
    if (tenant && tenant.id !== chosen) change({ tenant: tenant.id });
  }, [tenant?.id, chosen]);
  return tenant;
}

function App() {
  const world = useStore((all) => all.world);
  const tenant = useTenant(world);
  const [drawer, setDrawer] = useState(""); // "faults", "outside" or none
  const close = (name) => () => setDrawer((open) => (open === name ? "" : open));
  useEffect(() => {
    document.title = tenant ? `${tenant.name} · Steward sandbox` : "Steward sandbox";
  }, [tenant?.name]);
  return html`
    <${TopBar} world=${world} tenant=${tenant} onOpen=${setDrawer} />
    <${Banner} world=${world} />
    <${PaneLinks} />
    <main className="panes">
      ${PANES.map((pane) => html`<${Pane} key=${pane} pane=${pane} world=${world} tenant=${tenant} />`)}
    </main>
    <${OutsideDrawer} open=${drawer === "outside"} tenants=${world?.tenants ?? []} onClose=${close("outside")} />
    <${FaultsDrawer} open=${drawer === "faults"} onClose=${close("faults")} />`;
}

createRoot(document.getElementById("app")).render(html`<${App} />`);
connect();
