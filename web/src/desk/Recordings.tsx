import { useCallback, useEffect, useRef, useState } from "react";
import { LOCALE, texts } from "../texts";
import { agentName } from "../ui/agents";
import { Dialog } from "../ui/Dialog";
import { whenMs } from "./board";
import { OperatorError, type Operator, type RecordingRow, type TranscriptEntry } from "./operator";
import { TranscriptView } from "./TranscriptView";
import { useAsked } from "./useAsked";

const EVERY_MS = 10_000;

/** Conversations that were recorded, to be heard and read again. */
export function Recordings({ operator, onRefused }: { operator: Operator; onRefused: (failed: unknown) => void }) {
  const words = texts.desk;
  const [open, setOpen] = useState<string | null>(null);
  const [leaving, setLeaving] = useState<RecordingRow | null>(null);
  const [error, setError] = useState<string | null>(null);
  const { answer, failed, again } = useAsked(
    useCallback(() => operator.recordings(), [operator]),
    EVERY_MS,
    onRefused,
  );
  if (answer === null) return <p className="fine">{failed ? words.away : ""}</p>;
  const remove = (row: RecordingRow) => {
    setLeaving(null);
    operator.deleteRecording(row.id).then(
      () => {
        setError(null);
        again();
      },
      (refused: unknown) => {
        setError(refused instanceof OperatorError ? refused.message : words.away);
        onRefused(refused);
      },
    );
  };
  const shown = answer.find((row) => row.id === open);
  return (
    <div className="sessions">
      <section className="session-list" aria-label={words.tabs.recordings}>
        {error !== null && (
          <p className="alert" role="alert">
            {error}
          </p>
        )}
        {answer.length === 0 && <p className="fine">{words.noRecordings}</p>}
        <ul>
          {answer.map((row) => (
            <li key={row.id} className="recording">
              <button
                className={`session-row${open === row.id ? " open" : ""}`}
                aria-pressed={open === row.id}
                onClick={() => setOpen(row.id)}
              >
                <strong>{moment(row)}</strong>
                <span className="tags">
                  {row.ended_at === null && <span className="tag good">{words.running}</span>}
                  {row.agent !== null && <span className="tag">{agentName(row.agent)}</span>}
                  <span className="tag">{words.turns(row.turns)}</span>
                  {!row.has_audio && row.ended_at !== null && <span className="tag">{words.noSound}</span>}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </section>
      <section className="session-open" aria-label={words.transcript}>
        {shown === undefined ? (
          <p className="fine centred">{words.choose}</p>
        ) : (
          <>
            <Replay key={`${shown.id} ${shown.ended_at}`} operator={operator} row={shown} />
            <div className="take-over">
              <div className="say">
                <button className="button quiet" onClick={() => setLeaving(shown)}>
                  {words.remove}
                </button>
              </div>
            </div>
          </>
        )}
      </section>
      {leaving !== null && (
        <Dialog heading={words.removeHeading} onClose={() => setLeaving(null)} urgent>
          <p>{words.removeLead(moment(leaving))}</p>
          <div className="dialog-actions">
            <button className="button quiet" onClick={() => setLeaving(null)}>
              {words.removeNo}
            </button>
            <button className="button primary" onClick={() => remove(leaving)}>
              {words.removeYes}
            </button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

function moment(row: RecordingRow): string {
  return new Date(whenMs(row.started_at)).toLocaleString(LOCALE, { dateStyle: "medium", timeStyle: "short" });
}

function Replay({ operator, row }: { operator: Operator; row: RecordingRow }) {
  const [transcript, setTranscript] = useState<TranscriptEntry[] | null>(null);
  const [sound, setSound] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  const player = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    let wanted = true;
    let made: string | null = null;
    operator.recording(row.id).then(
      (recording) => wanted && setTranscript(recording.transcript),
      () => wanted && setFailed(true),
    );
    if (row.has_audio) {
      operator.recordingAudio(row.id).then(
        (address) => {
          made = address;
          if (wanted) setSound(address);
          else URL.revokeObjectURL(address);
        },
        () => wanted && setFailed(true),
      );
    }
    return () => {
      wanted = false;
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [operator, row.id, row.has_audio]);
  const play = (ms: number) => {
    if (player.current === null) return;
    player.current.currentTime = ms / 1000;
    void player.current.play();
  };
  return (
    <>
      {failed && (
        <p className="alert" role="alert">
          {texts.desk.away}
        </p>
      )}
      {sound !== null && <audio ref={player} className="replay" controls src={sound} aria-label={texts.desk.replay} />}
      {transcript !== null && <TranscriptView transcript={transcript} {...(sound === null ? {} : { onPlay: play })} />}
    </>
  );
}
