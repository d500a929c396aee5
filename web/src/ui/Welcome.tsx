import type { Talk } from "../realtime/talk";
import { texts } from "../texts";
import { Brand } from "./Brand";
import { MicIcon } from "./icons";

export function Welcome({ talk, onResume }: { talk: Talk; onResume: () => void }) {
  const words = texts.welcome;
  return (
    <div className="page">
      <header className="top">
        <Brand />
      </header>
      <main className="welcome">
        <div className="hero">
          <h1>{words.heading}</h1>
          <p className="lead">{words.lead}</p>
          <div className="hero-actions">
            <button className="talk-button" onClick={() => void talk.begin("voice")}>
              <span className="talk-disc">
                <MicIcon />
              </span>
              {words.talk}
            </button>
            <button className="button quiet" onClick={() => void talk.begin("text")}>
              {words.type}
            </button>
          </div>
        </div>
        <section className="examples" aria-labelledby="examples">
          <h2 id="examples">{words.examplesLabel}</h2>
          <ul>
            {words.examples.map((example) => (
              <li key={example}>
                <button className="chip" onClick={() => void talk.begin("text", example)}>
                  {example}
                </button>
              </li>
            ))}
          </ul>
        </section>
        <footer className="welcome-foot">
          <button className="link" onClick={onResume}>
            {words.resume}
          </button>
          <p>{words.privacy}</p>
        </footer>
      </main>
    </div>
  );
}
