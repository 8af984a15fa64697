// Small line icons, drawn for this page; decorative, so hidden from screen readers (the buttons carry labels).
import { html } from "./kit.js";

const PATHS = {
  telegram: "M21 4 3 11l6 2.500M21 4l-3.500 15.500-8.500-6M21 4 9 13.500v5.500l3.200-3.200",
  whatsapp: "M4 20l1.300-4A8 8 0 1 1 8.300 18.900zM9 8.800c0 3.600 2.700 6.200 6.200 6.200l.8-1.800-2-1.100-1 1c-1.100-.5-1.800-1.300-2.300-2.300l1-1-1-2z",
  owner: "M4 20V9.500L12 4l8 5.500V20h-5.500v-5.500h-5V20z",
  attach: "M20 11.500 12.200 19.300a5 5 0 0 1-7-7l8-8a3.400 3.400 0 0 1 4.800 4.800l-7.800 7.800a1.700 1.700 0 0 1-2.400-2.400L14.700 7.500",
  microphone: "M12 3.500a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3zM5.500 11.500a6.500 6.500 0 0 0 13 0M12 18v3",
  send: "M5 12h13M12.500 6l6 6-6 6",
  close: "M6 6l12 12M18 6 6 18",
  more: "M12 5.200v.1M12 12v.1M12 18.700v.1",
  reply: "M10 7 5 12l5 5M5.500 12H14a5 5 0 0 1 5 5v1.500",
  smile: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM8.500 14a4.200 4.200 0 0 0 7 0M9 9.500v.1M15 9.500v.1",
  pencil: "M4.500 19.500l.8-3.800L16 5l3 3L8.300 18.700z",
  play: "M8 5.500v13l10.500-6.500z",
  pause: "M8.500 6v12M15.500 6v12",
  file: "M7 3.500h7l4 4v13H7zM13.500 3.500v4.500H18",
  photo: "M4 6h16v12.500H4zM4 15l4.500-4 4 3.500 3-2.500 4.500 4M15.500 9.500v.1",
  list: "M5 7h.1M5 12h.1M5 17h.1M9 7h10M9 12h10M9 17h10",
  link: "M8 16 17 7M9.500 6.500H17.500V14.500",
  pin: "M12 21c4-4.600 6-8 6-10.800a6 6 0 0 0-12 0C6 13 8 16.400 12 21zM12 12.400a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400z",
  person: "M12 11.500a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500c.6-4 3.600-6 7.500-6s6.900 2 7.500 6",
  clock: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 7.500V12l3 2",
  block: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM6 6l12 12",
  slash: "M9 19 15 5",
  world: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM3.800 12h16.400M12 3.500c2.600 2.400 3.700 5.300 3.700 8.500s-1.100 6.100-3.700 8.500c-2.600-2.400-3.700-5.300-3.700-8.500S9.400 5.900 12 3.500z",
  faults: "M13 3 5 13.500h6L10.500 21 19 10h-6.500z",
  bot: "M6 8.500h12v10H6zM12 8.500V5M12 4.500v.1M9.500 12.500v.6M14.500 12.500v.6M9.500 15.800h5M3.500 12v3.500M20.500 12v3.500",
  copy: "M9 9h10.500v10.500H9zM15 6V4.500H4.500V15H6",
  phone: "M8 3.500h8v17H8zM11.300 17.800h1.400",
  down: "M6 9.500l6 6 6-6",
  check: "M5 12.500l4.500 4.500L19 7.500",
  warning: "M12 4 2.800 20h18.400zM12 10v4.500M12 17.200v.1",
};

export const Icon = ({ name, size = 20 }) => html`
  <svg className=${`icon icon-${name}`} width=${size} height=${size} viewBox="0 0 24 24" fill="none" stroke="currentColor"
    strokeWidth="1.800" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
    <path d=${PATHS[name]} />
  </svg>`;

const TICKS = {
  sent: ["M1.500 6.200 5 9.700l6.500-7", "Sent"],
  delivered: ["M1.500 6.200 5 9.700l6.500-7M9 9.200l.5.5 6.500-7", "Delivered"],
  read: ["M1.500 6.200 5 9.700l6.500-7M9 9.200l.5.5 6.500-7", "Read"],
};

/** Delivery ticks: one when sent, two when delivered, coloured when read, a warning when it failed. */
export function Ticks({ status }) {
  if (status === "failed") {
    return html`<span className="ticks ticks-failed" data-testid="tick" role="img" aria-label="Not delivered" title="Not delivered">!</span>`;
  }
  const [path, label] = TICKS[status] ?? TICKS.sent;
  return html`
    <span className=${`ticks ticks-${status}`} data-testid="tick" role="img" aria-label=${label} title=${label}>
      <svg width="18" height="12" viewBox="0 0 18 12" fill="none" stroke="currentColor" strokeWidth="1.600"
        strokeLinecap="round" strokeLinejoin="round" aria-hidden="true"><path d=${path} /></svg>
    </span>`;
}
