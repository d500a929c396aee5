import { useEffect, useState } from "react";

/** `text` as a QR code; its library is loaded when the first one is shown. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const [squares, setSquares] = useState<boolean[][] | null>(null);
  useEffect(() => {
    let wanted = true;
    void import("uqr").then(({ encode }) => wanted && setSquares(encode(text, { ecc: "M", border: 2 }).data));
    return () => {
      wanted = false;
    };
  }, [text]);
  if (squares === null) return <div className="qr" />;
  const path = squares.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg className="qr" viewBox={`0 0 ${squares.length} ${squares.length}`} role="img" aria-label={label}>
      <path d={path} shapeRendering="crispEdges" />
    </svg>
  );
}
