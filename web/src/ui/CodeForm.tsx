import { useId, useState, type ReactNode } from "react";

interface Props {
  heading: string;
  lead: string;
  label: string;
  go: string;
  error: string | null;
  busy: boolean;
  initial?: string;
  /** Digits only, six of them; otherwise any words, not shown. */
  digits: boolean;
  onGo: (code: string) => void;
  children?: ReactNode;
  foot?: ReactNode;
}

/** One field, one button: for codes and keys. */
export function CodeForm(props: Props) {
  const { heading, lead, label, go, error, busy, initial = "", digits, onGo, children, foot } = props;
  const [code, setCode] = useState(initial);
  const id = useId();
  const ready = digits ? code.length === 6 : code.trim() !== "";
  return (
    <main className="screen">
      <form
        className="panel"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !busy) onGo(code.trim());
        }}
      >
        <h1>{heading}</h1>
        <p className="lead">{lead}</p>
        <label htmlFor={`${id}-code`}>{label}</label>
        <input
          id={`${id}-code`}
          className={digits ? "code-input" : "text-input"}
          type={digits ? "text" : "password"}
          inputMode={digits ? "numeric" : "text"}
          autoComplete="off"
          autoFocus
          value={code}
          aria-invalid={error !== null}
          aria-describedby={error === null ? undefined : `${id}-error`}
          onChange={(event) => {
            const value = event.target.value;
            setCode(digits ? value.replace(/\D/g, "").slice(0, 6) : value);
          }}
        />
        {children}
        <p id={`${id}-error`} className="error" role="alert">
          {error}
        </p>
        <button className="button primary wide" type="submit" disabled={!ready || busy}>
          {go}
        </button>
        {foot}
      </form>
    </main>
  );
}
