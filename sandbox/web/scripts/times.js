// Times as people read them.

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

const dayOf = (date) => date.toDateString();

export const clockTime = (at) => clock.format(new Date(at));
export const exactTime = (at) => exact.format(new Date(at));
export const sameDay = (a, b) => dayOf(new Date(a)) === dayOf(new Date(b));
export const hoursSince = (at) => (Date.now() - new Date(at).getTime()) / 3_600_000;

export function dayName(at) {
  const date = new Date(at);
  const yesterday = new Date(Date.now() - 86_400_000);
  if (dayOf(date) === dayOf(new Date())) return "Today";
  if (dayOf(date) === dayOf(yesterday)) return "Yesterday";
  return weekday.format(date);
}

/** 75 -> "1:15" */
export function minutesAndSeconds(seconds) {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.round(seconds)) : 0;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** 1536 -> "1.5 kB" */
export function fileSize(bytes) {
  if (!bytes) return "";
  const units = ["bytes", "kB", "MB", "GB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1000)));
  const value = bytes / 1000 ** step;
  return `${step && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[step]}`;
}
