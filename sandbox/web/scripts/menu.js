// A button that opens a small menu; closes on choice, Escape or a click elsewhere.
import { Icon } from "./icons.js";
import { html, useEffect, useRef, useState } from "./kit.js";

/** [open, setOpen, ref]: open until Escape or a click outside the element with the ref. */
export function useOpen() {
  const [open, setOpen] = useState(false);
  const ref = useRef(null);
  useEffect(() => {
    if (!open) return undefined;
    const away = (event) => !ref.current?.contains(event.target) && setOpen(false);
    const escape = (event) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      ref.current?.querySelector("button")?.focus();
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("keydown", escape);
    };
  }, [open]);
  return [open, setOpen, ref];
}

/** Arrow keys move between the items of an open menu. */
function moveFocus(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...event.currentTarget.querySelectorAll("[role=menuitem]")];
  const next = items.indexOf(document.activeElement) + step;
  items.at(next % items.length)?.focus();
}

export function Menu({ label, icon, testId, up = false, className = "", children }) {
  const [open, setOpen, ref] = useOpen();
  useEffect(() => {
    if (open) ref.current?.querySelector("[role=menuitem]")?.focus();
  }, [open]);
  return html`
    <div className=${`menu ${up ? "menu-up" : ""} ${className}`} ref=${ref}>
      <button type="button" className="icon-button" aria-label=${label} title=${label} aria-haspopup="menu" aria-expanded=${open}
        data-testid=${testId} onClick=${() => setOpen(!open)}>
        <${Icon} name=${icon} />
      </button>
      ${open &&
      html`<div className="menu-items" role="menu" aria-label=${label} onClick=${() => setOpen(false)} onKeyDown=${moveFocus}>${children}</div>`}
    </div>`;
}

export const MenuItem = ({ icon, testId, onChoose, children }) => html`
  <button type="button" role="menuitem" className="menu-item" data-testid=${testId} onClick=${onChoose}>
    ${icon && html`<${Icon} name=${icon} size=${18} />`}
    <span>${children}</span>
  </button>`;
