/** Amounts, days and times as people read them. Times of the wire have no zone: they are the clock on the wall there. */
import { LOCALE } from "./texts";

const MONEY = new Intl.NumberFormat(LOCALE, { style: "currency", currency: "USD" });
const WHOLE = new Intl.NumberFormat(LOCALE, { style: "currency", currency: "USD", maximumFractionDigits: 0 });
const DAY = new Intl.DateTimeFormat(LOCALE, { weekday: "short", month: "short", day: "numeric", timeZone: "UTC" });
const TIME = new Intl.DateTimeFormat(LOCALE, { hour: "numeric", minute: "2-digit", timeZone: "UTC" });

export function money(cents: number): string {
  return (cents % 100 === 0 ? WHOLE : MONEY).format(cents / 100);
}

/** `2026-11-23` or `2026-11-23T18:40` as "Mon, Nov 23". */
export function day(iso: string): string {
  const date = new Date(`${iso.slice(0, 10)}T00:00Z`);
  // the parts of a day stay on one line
  return Number.isNaN(date.getTime()) ? iso : DAY.format(date).replaceAll(" ", "\u00a0");
}

/** `2026-11-23T18:40` as "6:40 PM". */
export function time(iso: string): string {
  const date = new Date(`${iso.slice(0, 16)}Z`);
  return Number.isNaN(date.getTime()) ? iso : TIME.format(date);
}

export function days(from: string, to: string): string {
  return `${day(from)} – ${day(to)}`;
}

export function titled(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1).replaceAll("_", " ");
}
