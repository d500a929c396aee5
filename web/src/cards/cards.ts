/** What a tool's result shows as a picture of facts. Only fields that the tools really give are read. */
import type { Fields, Json } from "../realtime/events";

export interface FlightFacts {
  number: string;
  origin: string;
  destination: string;
  day: string;
  departs: string;
  arrives: string;
  /** Expected times, where they differ from the timetable's. */
  expected: string | null;
  expectedArrival: string | null;
  gate: string | null;
  status: string;
  delayMinutes: number;
  fareCents: number | null;
  booking: { code: string; seat: string | null; cabin: string; bags: number } | null;
}

export interface RoomFacts {
  room: string;
  left: number;
  totalCents: number;
}

export interface StayFacts {
  code: string;
  hotel: string;
  city: string;
  room: string;
  arrive: string;
  depart: string;
  nights: number;
  totalCents: number;
  extras: ("breakfast" | "late_check_out")[];
}

export type Card =
  | { kind: "flights"; flights: FlightFacts[]; more: number }
  | { kind: "rooms"; hotel: string; city: string; arrive: string; nights: number; rooms: RoomFacts[] }
  | { kind: "stays"; stays: StayFacts[]; more: number }
  | { kind: "quote"; change: string; code: string | null; fields: Fields }
  | { kind: "done"; change: string; code: string | null; fields: Fields };

/** The card for a tool's result; null when there is nothing to picture. */
export function cardOf(result: Json): Card | null {
  const fields = asFields(result);
  if (fields === null) return null;
  if (fields.outcome === "quoted" && typeof fields.kind === "string") {
    return { kind: "quote", change: fields.kind, code: text(fields.code), fields };
  }
  if (fields.outcome === "done") return null; // `extension.booking_changed` tells it
  const listed = [...list(fields.flights), ...list(fields.bookings)].map(flightOf).filter((one) => one !== null);
  if (listed.length > 0) return { kind: "flights", flights: listed, more: rest(fields, listed.length) };
  const alone = flightOf(fields);
  if (alone !== null) return { kind: "flights", flights: [alone], more: 0 };
  const stays = list(fields.reservations).map(stayOf).filter((one) => one !== null);
  if (stays.length > 0) return { kind: "stays", stays, more: rest(fields, stays.length) };
  return roomsOf(fields);
}

function flightOf(value: Json): FlightFacts | null {
  const flight = asFields(value);
  if (flight === null) return null;
  const number = text(flight.number ?? flight.to_number);
  const departs = text(flight.departs ?? flight.to_departs);
  const arrives = text(flight.arrives ?? flight.to_arrives);
  const [origin, destination] = [text(flight.origin), text(flight.destination)];
  if (number === null || departs === null || arrives === null || origin === null || destination === null) return null;
  const [expected, expectedArrival] = [text(flight.departs_estimated), text(flight.arrives_estimated)];
  const code = text(flight.code);
  return {
    number,
    origin,
    destination,
    day: text(flight.day) ?? departs.slice(0, 10),
    departs,
    arrives,
    expected: expected === departs ? null : expected,
    expectedArrival: expectedArrival === arrives ? null : expectedArrival,
    gate: text(flight.gate),
    status: text(flight.status) ?? "",
    delayMinutes: amount(flight.delay_minutes) ?? 0,
    fareCents: amount(flight.lowest_fare_cents ?? flight.new_fare_cents),
    booking:
      code === null
        ? null
        : { code, seat: text(flight.seat), cabin: text(flight.cabin) ?? "", bags: amount(flight.bags) ?? 0 },
  };
}

function stayOf(value: Json): StayFacts | null {
  const stay = asFields(value);
  if (stay === null) return null;
  const [code, hotel, arrive, depart] = [text(stay.code), text(stay.hotel), text(stay.arrive), text(stay.depart)];
  if (code === null || hotel === null || arrive === null || depart === null) return null;
  const extras = (["breakfast", "late_check_out"] as const).filter((extra) => stay[extra] === true);
  const [room, city] = [text(stay.room) ?? "", text(stay.city) ?? ""];
  const [nights, totalCents] = [amount(stay.nights) ?? 0, amount(stay.total_cents) ?? 0];
  return { code, hotel, city, room, arrive, depart, nights, totalCents, extras };
}

function roomsOf(fields: Fields): Card | null {
  const rooms = list(fields.offers).flatMap((value) => {
    const offer = asFields(value);
    const [room, totalCents] = [text(offer?.room), amount(offer?.total_cents)];
    return room === null || totalCents === null ? [] : [{ room, totalCents, left: amount(offer?.rooms_left) ?? 0 }];
  });
  const [hotel, arrive, nights] = [text(fields.hotel), text(fields.arrive), amount(fields.nights)];
  if (rooms.length === 0 || hotel === null || arrive === null || nights === null) return null;
  return { kind: "rooms", hotel, city: text(fields.city) ?? "", arrive, nights, rooms };
}

function rest(fields: Fields, shown: number): number {
  return Math.max(0, (amount(fields.count) ?? shown) - shown);
}

function asFields(value: Json | undefined): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

export function amount(value: Json | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
