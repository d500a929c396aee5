import { texts } from "../texts";

export function Brand() {
  return (
    <span className="brand">
      <svg viewBox="0 0 512 512" aria-hidden="true">
        <rect width="512" height="512" rx="140" />
        <path d="M148 226v60M202 178v156M256 132v248M310 178v156M364 226v60" />
      </svg>
      {texts.brand}
    </span>
  );
}
