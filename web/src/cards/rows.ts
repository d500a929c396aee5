/** What a quote or a written change says, as rows to read. The fields are those of `data/quotes.py`. */
import { day, days, money, time, titled } from "../format";
import type { Fields } from "../realtime/events";
import { texts } from "../texts";
import { amount, text } from "./cards";

export interface Row {
  name: string;
  value: string;
  strong?: boolean;
}

/** `done`: it is written, so what is due was paid. */
export function rowsOf(fields: Fields, done: boolean): Row[] {
  const names = texts.cards.rows;
  const rows: Row[] = [];
  const add = (name: string, value: string | null, strong = false) => {
    if (value !== null) rows.push(strong ? { name, value, strong } : { name, value });
  };
  const route = [text(fields.origin), text(fields.destination)].filter((city) => city !== null).join(" – ");
  const number = text(fields.to_number ?? fields.number);
  add(names.flight, number === null ? null : [number, route].filter(Boolean).join(" · "));
  const departs = text(fields.to_departs ?? fields.departs);
  add(names.leaves, departs === null ? null : `${day(departs)}, ${time(departs)}`, true);
  add(names.arrives, moment(text(fields.to_arrives)));
  const before = text(fields.from_departs);
  add(names.now, before === null ? null : `${text(fields.from_number) ?? ""} ${day(before)}, ${time(before)}`.trim());
  add(names.hotel, text(fields.hotel_name ?? fields.hotel));
  add(names.room, optional(text(fields.room), titled));
  add(names.stay, stay(fields), true);
  add(names.persons, optional(amount(fields.persons), String));
  add(names.seat, text(fields.seat));
  add(names.bags, optional(amount(fields.bags), String));
  add(names.boards, moment(text(fields.boards)));
  add(names.gate, text(fields.gate));
  add(names.until, moment(text(fields.until)));
  return [...rows, ...moneyRows(fields, done)];
}

function moneyRows(fields: Fields, done: boolean): Row[] {
  const names = texts.cards.rows;
  const rows: Row[] = [];
  const add = (name: string, cents: number | null, note = "", strong = false) => {
    if (cents === null || cents === 0) return;
    const value = note === "" ? money(cents) : `${money(cents)} ${note}`;
    rows.push(strong ? { name, value, strong } : { name, value });
  };
  add(names.fee, amount(fields.fee_cents));
  if (fields.total_cents === undefined) add(names.difference, amount(fields.difference_cents));
  add(names.refund, amount(fields.refund_cents));
  add(names.credit, amount(fields.credit_cents));
  add(names.extra, amount(fields.extra_cents));
  add(names.total, amount(fields.total_cents), names.atCheckOut, true);
  const paid = amount(fields.paid_cents) ?? 0;
  if (!done) add(names.due, amount(fields.due_cents), "", true);
  else if (paid > 0) add(names.paid, paid, "", true);
  else if (paid < 0) add(names.paidBack, -paid, "", true);
  return rows;
}

function stay(fields: Fields): string | null {
  const [arrive, depart, nights] = [text(fields.arrive), text(fields.depart), amount(fields.nights)];
  if (arrive === null || depart === null) return null;
  return nights === null ? days(arrive, depart) : `${days(arrive, depart)} · ${texts.cards.nights(nights)}`;
}

function moment(iso: string | null): string | null {
  return iso === null ? null : `${day(iso)}, ${time(iso)}`;
}

function optional<T>(value: T | null, written: (value: T) => string): string | null {
  return value === null ? null : written(value);
}
