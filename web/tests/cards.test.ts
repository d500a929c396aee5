import { describe, expect, it } from "vitest";
import { cardOf } from "../src/cards/cards";
import { rowsOf } from "../src/cards/rows";

const FLIGHT = {
  number: "LB204",
  day: "2026-11-23",
  origin: "Boston",
  destination: "Denver",
  departs: "2026-11-23T18:40",
  arrives: "2026-11-23T21:25",
  departs_estimated: "2026-11-23T19:15",
  arrives_estimated: "2026-11-23T22:00",
  delay_minutes: 35,
  gate: "B12",
  status: "delayed",
  lowest_fare_cents: 24400,
};
const CHANGE = {
  outcome: "quoted",
  kind: "flight change",
  origin: "Boston",
  destination: "Denver",
  code: "K7M2QX",
  from_number: "LB204",
  from_departs: "2026-11-23T18:40",
  to_number: "LB204",
  to_departs: "2026-11-27T18:40",
  to_arrives: "2026-11-27T21:25",
  fee_cents: 8000,
  difference_cents: 1400,
  due_cents: 9400,
};
const plain = (rows: { name: string; value: string }[]) =>
  Object.fromEntries(rows.map(({ name, value }) => [name, value.replace(/[\u00a0\u202f]/g, " ")]));

describe("cards", () => {
  it("picture a flight with its delay, alone or in a list", () => {
    expect(cardOf({ outcome: "found", ...FLIGHT })).toMatchObject({
      kind: "flights",
      flights: [{ number: "LB204", expected: "2026-11-23T19:15", delayMinutes: 35, fareCents: 24400, booking: null }],
    });
    const several = { outcome: "found", count: 5, flights: [FLIGHT, FLIGHT] };
    expect(cardOf(several)).toMatchObject({ kind: "flights", more: 3 });
  });

  it("picture a booking as a flight with its seat", () => {
    const booking = { ...FLIGHT, code: "K7M2QX", seat: "14C", cabin: "economy", bags: 1 };
    expect(cardOf({ outcome: "found", count: 1, bookings: [booking] })).toMatchObject({
      flights: [{ booking: { code: "K7M2QX", seat: "14C", cabin: "economy", bags: 1 } }],
    });
  });

  it("picture rooms and reservations", () => {
    const offers = [{ room: "queen", rooms_left: 2, total_cents: 36900 }];
    const rooms = { outcome: "found", hotel: "Front Range Inn", city: "Denver", arrive: "2026-11-27", nights: 2, offers };
    expect(cardOf(rooms)).toMatchObject({ kind: "rooms", rooms: [{ room: "queen", left: 2, totalCents: 36900 }] });
    const stay = { code: "H1", hotel: "Front Range Inn", arrive: "2026-11-27", depart: "2026-11-29", breakfast: true };
    expect(cardOf({ outcome: "found", reservations: [stay] })).toMatchObject({ stays: [{ extras: ["breakfast"] }] });
  });

  it("picture nothing where there is nothing to see", () => {
    for (const result of [null, "text", [], { outcome: "not_found" }, { outcome: "proven", first_name: "Maria" }]) {
      expect(cardOf(result)).toBeNull();
    }
    expect(cardOf({ ...CHANGE, outcome: "done" })).toBeNull();
  });

  it("read a quote as what changes and what it costs", () => {
    expect(plain(rowsOf(CHANGE, false))).toEqual({
      Flight: "LB204 · Boston – Denver",
      Leaves: "Fri, Nov 27, 6:40 PM",
      Arrives: "Fri, Nov 27, 9:25 PM",
      "Instead of": "LB204 Mon, Nov 23, 6:40 PM",
      Fee: "$80",
      "Difference in fare": "$14",
      "To pay now": "$94",
    });
    expect(plain(rowsOf({ ...CHANGE, paid_cents: 9400, seat: "14C" }, true))).toMatchObject({ Paid: "$94", Seat: "14C" });
    expect(plain(rowsOf({ refund_cents: 12050, paid_cents: -12050 }, true))).toEqual({
      Refund: "$120.50",
      "Paid back": "$120.50",
    });
  });
});
