import { useEffect, useRef } from "react";
import { texts } from "../texts";
import { agentName } from "../ui/agents";
import type { TranscriptEntry } from "./operator";
import { clock } from "./Sessions";
import { StageBar } from "./StageBar";

interface Props {
  transcript: TranscriptEntry[];
  /** Play the sound of the conversation from here on, in milliseconds; without it there is no sound. */
  onPlay?: (ms: number) => void;
}

/** A conversation with all that stands behind it: tools, sources, and what took how long. */
export function TranscriptView({ transcript, onPlay }: Props) {
  const words = texts.desk;
  // a reply that was cut before anything of it was heard has no words
  const said = transcript.filter((entry) => entry.text !== "" || (entry.tools ?? []).length > 0);
  const end = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const list = end.current;
    if (list !== null) list.scrollTop = list.scrollHeight;
  }, [transcript]);
  if (said.length === 0) return <p className="fine">{words.nothingSaid}</p>;
  return (
    <ol className="transcript" ref={end} tabIndex={0} aria-label={words.transcript}>
      {said.map((entry, at) => (
        <li key={entry.item_id ?? at} className={entry.role}>
          <p className="who">
            {who(entry)} <span className="when">{clock(entry.at)}</span>
            {onPlay !== undefined && <PlayFrom place={entry.audio_ms ?? null} onPlay={onPlay} />}
          </p>
          <p className="transcript-words">{entry.text}</p>
          {(entry.tools ?? []).map((tool, number) => (
            <details key={number} className="behind">
              <summary>
                <code>{tool.name}</code> <span className="when">{`${Math.round(tool.duration_ms)} ms`}</span>
              </summary>
              <pre>{JSON.stringify({ arguments: tool.arguments, result: tool.result }, null, 2)}</pre>
            </details>
          ))}
          {(entry.sources ?? []).map((source) => (
            <details key={source.id} className="behind">
              <summary>{source.title}</summary>
              <p>{source.text}</p>
            </details>
          ))}
          {entry.stages_ms !== undefined && Object.keys(entry.stages_ms).length > 0 && (
            <StageBar stages={entry.stages_ms} />
          )}
        </li>
      ))}
    </ol>
  );
}

function PlayFrom({ place, onPlay }: { place: [number, number] | null; onPlay: (ms: number) => void }) {
  const words = texts.desk;
  if (place === null) return <span className="when">{` · ${words.noSound}`}</span>;
  const from = `${Math.floor(place[0] / 60_000)}:${String(Math.floor(place[0] / 1000) % 60).padStart(2, "0")}`;
  return (
    <button className="link play-from" aria-label={words.playFrom(from)} onClick={() => onPlay(place[0])}>
      {`▶ ${from}`}
    </button>
  );
}

function who(entry: TranscriptEntry): string {
  if (entry.role === "customer") return texts.desk.customer;
  return entry.role === "person" ? texts.agents.person! : entry.agent === null ? texts.brand : agentName(entry.agent);
}
