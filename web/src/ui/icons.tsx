/** The page's few signs, as outlines that take the colour of the text around them. */
import type { ReactNode } from "react";

function icon(paths: ReactNode) {
  return function Icon() {
    return (
      <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        {paths}
      </svg>
    );
  };
}

export const MicIcon = icon(
  <>
    <rect x="9" y="3" width="6" height="11" rx="3" />
    <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3M8.5 21h7" />
  </>,
);
export const MicOffIcon = icon(
  <>
    <path d="M9 9v2a3 3 0 0 0 4.8 2.4M15 11V6a3 3 0 0 0-5.7-1.3" />
    <path d="M5.5 11.5a6.5 6.5 0 0 0 10.2 5.3M18.5 11.5a6.4 6.4 0 0 1-.7 3M12 18v3M8.5 21h7M4 4l16 16" />
  </>,
);
export const StopIcon = icon(<rect x="7" y="7" width="10" height="10" rx="2" className="filled" />);
export const SendIcon = icon(<path d="M12 19V5M6 11l6-6 6 6" />);
export const SettingsIcon = icon(
  <>
    <path d="M4 7h10M18 7h2M4 17h2M10 17h10" />
    <circle cx="16" cy="7" r="2" />
    <circle cx="8" cy="17" r="2" />
  </>,
);
export const PhoneIcon = icon(
  <>
    <rect x="7" y="3" width="10" height="18" rx="2.5" />
    <path d="M11 18h2" />
  </>,
);
export const NewIcon = icon(<path d="M4 12a8 8 0 1 0 2.6-5.9M4 4v4.5h4.5" />);
export const DoneIcon = icon(<path d="M5 12.5l4.5 4.5L19 7.5" />);
export const PlaneIcon = icon(<path d="M3 13l18-7-6 15-3.5-6.5z" />);
export const BedIcon = icon(<path d="M3 18v-9M3 14h18v4M21 14v-1a3 3 0 0 0-3-3h-7v4M6.5 11.5h1" />);
export const SourceIcon = icon(<path d="M7 4h7l4 4v12H7zM14 4v4h4M10 12h5M10 16h5" />);
export const PersonIcon = icon(
  <>
    <circle cx="12" cy="8" r="3.5" />
    <path d="M5 20c.8-3.7 3.6-5.5 7-5.5s6.2 1.8 7 5.5" />
  </>,
);
export const SwitchIcon = icon(<path d="M5 9h13l-3-3M19 15H6l3 3" />);
export const BackIcon = icon(<path d="M14 6l-6 6 6 6" />);
export const DeleteIcon = icon(<path d="M9 6h11v12H9l-5-6zM12.5 9.5l4 5M16.5 9.5l-4 5" />);
