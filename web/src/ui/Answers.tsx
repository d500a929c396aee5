import type { Expecting } from "../realtime/events";
import type { Talk } from "../realtime/talk";
import { texts } from "../texts";

/** What can be touched in place of saying it: the items of a list, or a yes and a no. */
export function Answers({ talk, expecting }: { talk: Talk; expecting: Expecting }) {
  const { choices, asks, quote } = expecting;
  if (choices.length === 0) return null;
  const confirms = asks === "confirm";
  const words = texts.expecting;
  return (
    <div className={`answers${confirms ? " confirm" : ""}`} role="group" aria-label={confirms ? words.confirm : words.choices}>
      {choices.map((choice, at) => (
        <button
          key={choice.say}
          className={confirms ? `button ${at === 0 ? "primary" : "quiet"}` : "answer"}
          onClick={() => talk.say(choice.say)}
        >
          {!confirms && choices.length > 1 && <span className="answer-number">{at + 1}</span>}
          {confirms && quote !== null ? (at === 0 ? words.yes : words.no) : choice.label}
        </button>
      ))}
    </div>
  );
}
