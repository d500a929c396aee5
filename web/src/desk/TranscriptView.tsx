import { useEffect, useRef } from "react";
import { texts } from "../texts";
import { agentName } from "../ui/agents";
import type { TranscriptEntry } from "./operator";
import { clock } from "./Sessions";
import { StageBar } from "./StageBar";

/** A conversation with all that stands behind it: tools, sources, and what took how long. */
export function TranscriptView({ transcript }: { transcript: TranscriptEntry[] }) {
  const words = texts.desk;
  const end = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const list = end.current;
    if (list !== null) list.scrollTop = list.scrollHeight;
  }, [transcript]);
  if (transcript.length === 0) return <p className="fine">{words.nothingSaid}</p>;
  return (
    <ol className="transcript" ref={end} tabIndex={0} aria-label={words.transcript}>
      {transcript.map((entry, at) => (
        <li key={entry.item_id ?? at} className={entry.role}>
          <p className="who">
            {who(entry)} <span className="when">{clock(entry.at)}</span>
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

function who(entry: TranscriptEntry): string {
  if (entry.role === "customer") return texts.desk.customer;
  return entry.role === "person" ? texts.agents.person! : agentName(entry.agent ?? "");
}
