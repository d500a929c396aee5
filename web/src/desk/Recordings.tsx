import { useCallback, useEffect, useState } from "react";
import { LOCALE, texts } from "../texts";
import { agentName } from "../ui/agents";
import { whenMs } from "./board";
import type { Operator, RecordingRow, TranscriptEntry } from "./operator";
import { TranscriptView } from "./TranscriptView";
import { useAsked } from "./useAsked";

/** Conversations that were recorded, to be heard and read again. */
export function Recordings({ operator, onRefused }: { operator: Operator; onRefused: (failed: unknown) => void }) {
  const words = texts.desk;
  const [open, setOpen] = useState<RecordingRow | null>(null);
  const { answer, failed, again } = useAsked(
    useCallback(() => operator.recordings(), [operator]),
    0,
    onRefused,
  );
  if (answer === null) return <p className="fine">{failed ? words.away : ""}</p>;
  const remove = (row: RecordingRow) => {
    operator.deleteRecording(row.id).then(() => {
      if (open?.id === row.id) setOpen(null);
      again();
    }, onRefused);
  };
  return (
    <div className="sessions">
      <section className="session-list" aria-label={words.tabs.recordings}>
        {answer.length === 0 && <p className="fine">{words.noRecordings}</p>}
        <ul>
          {answer.map((row) => (
            <li key={row.id} className="recording">
              <button className={`session-row${open?.id === row.id ? " open" : ""}`} onClick={() => setOpen(row)}>
                <strong>{new Date(whenMs(row.started_at)).toLocaleString(LOCALE, { dateStyle: "medium", timeStyle: "short" })}</strong>
                <span className="tags">
                  {row.agent !== null && <span className="tag">{agentName(row.agent)}</span>}
                  <span className="tag">{words.turns(row.turns)}</span>
                </span>
              </button>
              <button className="link" onClick={() => remove(row)}>
                {words.remove}
              </button>
            </li>
          ))}
        </ul>
      </section>
      <section className="session-open" aria-label={words.transcript}>
        {open === null ? <p className="fine centred">{words.choose}</p> : <Replay key={open.id} operator={operator} row={open} />}
      </section>
    </div>
  );
}

function Replay({ operator, row }: { operator: Operator; row: RecordingRow }) {
  const [transcript, setTranscript] = useState<TranscriptEntry[] | null>(null);
  const [sound, setSound] = useState<string | null>(null);
  useEffect(() => {
    let wanted = true;
    let made: string | null = null;
    operator.recording(row.id).then(
      (recording) => wanted && setTranscript(recording.transcript),
      () => undefined,
    );
    if (row.has_audio) {
      operator.recordingAudio(row.id).then(
        (address) => {
          made = address;
          if (wanted) setSound(address);
          else URL.revokeObjectURL(address);
        },
        () => undefined,
      );
    }
    return () => {
      wanted = false;
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [operator, row]);
  return (
    <>
      {sound !== null && <audio className="replay" controls src={sound} aria-label={texts.desk.replay} />}
      {transcript !== null && <TranscriptView transcript={transcript} />}
    </>
  );
}
