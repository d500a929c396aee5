import { useCallback, useEffect, useState } from "react";

/** What `ask` answers: asked at once, every `everyMs` (0: never again), and by `again`. The last good answer stays. */
export function useAsked<T>(
  ask: () => Promise<T>,
  everyMs: number,
  onRefused: (failed: unknown) => void,
): { answer: T | null; failed: boolean; again: () => void } {
  const [answer, setAnswer] = useState<T | null>(null);
  const [failed, setFailed] = useState(false);
  const again = useCallback(() => {
    ask().then(
      (given) => {
        setAnswer(given);
        setFailed(false);
      },
      (error: unknown) => {
        setFailed(true);
        onRefused(error);
      },
    );
    // who asks gives the same function as long as it asks the same
  }, [ask]);
  useEffect(() => {
    again();
    if (everyMs === 0) return;
    const timer = setInterval(again, everyMs);
    return () => clearInterval(timer);
  }, [again, everyMs]);
  return { answer, failed, again };
}
