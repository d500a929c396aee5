import { day, days, money, time, titled } from "../format";
import { texts } from "../texts";
import { BedIcon, DoneIcon, PlaneIcon } from "../ui/icons";
import type { Card, FlightFacts } from "./cards";
import { rowsOf } from "./rows";

const words = texts.cards;

export function CardView({ card }: { card: Card }) {
  switch (card.kind) {
    case "flights":
      return (
        <section className="card-list" aria-label={words.flights}>
          {card.flights.map((flight) => (
            <Flight key={`${flight.number} ${flight.day}`} flight={flight} />
          ))}
          {card.more > 0 && <p className="fine">{words.more(card.more)}</p>}
        </section>
      );
    case "rooms":
      return (
        <section className="card" aria-label={words.rooms(card.hotel)}>
          <header>
            <BedIcon />
            <h3>{words.rooms(card.hotel)}</h3>
            <p>{`${day(card.arrive)} · ${words.nights(card.nights)}`}</p>
          </header>
          <ul className="rooms">
            {card.rooms.map((room) => (
              <li key={room.room}>
                <span className="room-name">{titled(room.room)}</span>
                <span className="fine">{words.left(room.left)}</span>
                <strong>{money(room.totalCents)}</strong>
              </li>
            ))}
          </ul>
        </section>
      );
    case "stays":
      return (
        <section className="card-list">
          {card.stays.map((stay) => (
            <article className="card" key={stay.code}>
              <header>
                <BedIcon />
                <h3>{stay.hotel}</h3>
                <p>{stay.city}</p>
              </header>
              <p className="stay-line">{`${titled(stay.room)} · ${days(stay.arrive, stay.depart)} · ${words.nights(stay.nights)}`}</p>
              <ul className="facts">
                <Fact name={words.code} value={stay.code} />
                <Fact name={words.rows.total} value={money(stay.totalCents)} />
                {stay.extras.map((extra) => (
                  <li key={extra}>{words[extra]}</li>
                ))}
              </ul>
            </article>
          ))}
          {card.more > 0 && <p className="fine">{words.more(card.more)}</p>}
        </section>
      );
    case "quote":
    case "done":
      return <Change card={card} />;
  }
}

function Change({ card }: { card: Extract<Card, { kind: "quote" | "done" }> }) {
  const done = card.kind === "done";
  return (
    <article className={`card change ${card.kind}`}>
      <header>
        {done ? <DoneIcon /> : "hotel_name" in card.fields ? <BedIcon /> : <PlaneIcon />}
        <h3>{words.kinds[card.change] ?? titled(card.change)}</h3>
        <p className="badge">{done ? words.done : words.quote}</p>
      </header>
      <dl>
        {rowsOf(card.fields, done).map((row) => (
          <div key={row.name} className={row.strong ? "strong" : ""}>
            <dt>{row.name}</dt>
            <dd>{row.value}</dd>
          </div>
        ))}
        {card.code !== null && (
          <div>
            <dt>{words.code}</dt>
            <dd className="code">{card.code}</dd>
          </div>
        )}
      </dl>
    </article>
  );
}

function Flight({ flight }: { flight: FlightFacts }) {
  const late = flight.delayMinutes > 0;
  const state = late ? words.delayed(flight.delayMinutes) : flight.status;
  return (
    <article className="card flight">
      <header>
        <PlaneIcon />
        <h3>{flight.number}</h3>
        <p>{day(flight.day)}</p>
        {state !== "" && <p className={`badge ${late || flight.status === "cancelled" ? "warn" : "good"}`}>{titled(state)}</p>}
      </header>
      <div className="route">
        <div>
          <Clock planned={flight.departs} expected={flight.expected} />
          <span>{flight.origin}</span>
        </div>
        <span className="route-line" aria-hidden="true" />
        <div>
          <Clock planned={flight.arrives} expected={flight.expectedArrival} />
          <span>{flight.destination}</span>
        </div>
      </div>
      <ul className="facts">
        {flight.booking !== null && <Fact name={words.code} value={flight.booking.code} />}
        {flight.booking?.seat != null && <Fact name={words.seat} value={flight.booking.seat} />}
        {flight.booking !== null && flight.booking.cabin !== "" && (
          <Fact name={words.cabin} value={titled(flight.booking.cabin)} />
        )}
        {flight.gate !== null && <Fact name={words.gate} value={flight.gate} />}
        {flight.booking === null && flight.fareCents !== null && <Fact name={words.from} value={money(flight.fareCents)} />}
      </ul>
    </article>
  );
}

function Clock({ planned, expected }: { planned: string; expected: string | null }) {
  if (expected === null) return <time dateTime={planned}>{time(planned)}</time>;
  return (
    <>
      <time dateTime={expected}>{time(expected)}</time>
      <s>{time(planned)}</s>
    </>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <li>
      {name} <strong>{value}</strong>
    </li>
  );
}
