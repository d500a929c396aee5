import { useEffect, useState } from "react";

interface Props {
  seconds: number;
  words: (left: number) => string;
  onOver: () => void;
}

/** Says how many seconds are left, and does what is due then. */
export function Countdown({ seconds, words, onOver }: Props) {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const timer = setInterval(() => setLeft((was) => was - 1), 1000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left <= 0) onOver();
  }, [left, onOver]);
  return <p className="fine">{words(Math.max(0, left))}</p>;
}
