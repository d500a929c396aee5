import { useCallback } from "react";
import { texts } from "../texts";
import type { Operator } from "./operator";
import { clock } from "./Sessions";
import { useAsked } from "./useAsked";

/** How the server is, what it runs on, and the code that pairs a device. */
export function StatusView({ operator, onRefused }: { operator: Operator; onRefused: (failed: unknown) => void }) {
  const words = texts.desk;
  const { answer, failed } = useAsked(
    useCallback(() => operator.status(), [operator]),
    10_000,
    onRefused,
  );
  if (answer === null) return <p className="fine">{failed ? words.away : ""}</p>;
  return (
    <div className="status-grid">
      <section className="card">
        <h2>{words.serverHeading}</h2>
        <dl>
          <Row name={words.version} value={answer.version} />
          <Row name={words.state} value={answer.ready ? words.ready : words.notReady} />
          <Row name={words.engine} value={answer.engine} />
          <Row name={words.liveSessions} value={String(answer.sessions.live)} />
          <Row name={words.store} value={answer.sessions.store} />
          {answer.data?.sample_day != null && <Row name={words.sampleDay} value={answer.data.sample_day} />}
        </dl>
      </section>
      <Pairing operator={operator} onRefused={onRefused} />
      <section className="card">
        <h2>{words.models}</h2>
        <dl>
          {answer.models.map((model) => (
            <Row key={`${model.role} ${model.name}`} name={model.role} value={`${model.name} · ${model.sha256.slice(0, 12)}`} />
          ))}
        </dl>
      </section>
      <section className="card">
        <h2>{words.errors}</h2>
        {answer.errors.length === 0 && <p className="fine">{words.noErrors}</p>}
        <ul className="errors">
          {answer.errors.map((error, at) => (
            <li key={at}>
              <span className="when">{clock(error.at)}</span> {error.message}
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Pairing({ operator, onRefused }: { operator: Operator; onRefused: (failed: unknown) => void }) {
  const words = texts.desk;
  const { answer, again } = useAsked(
    useCallback(() => operator.pairingCode(), [operator]),
    15_000,
    onRefused,
  );
  if (answer === null) return null;
  return (
    <section className="card">
      <h2>{words.pairing}</h2>
      <p className="big-code">{`${answer.code.slice(0, 3)} ${answer.code.slice(3)}`}</p>
      <p className="fine centred">{words.until(clock(answer.expires_at))}</p>
      <button className="button quiet" onClick={() => operator.newPairingCode().then(again, onRefused)}>
        {words.newCode}
      </button>
    </section>
  );
}
