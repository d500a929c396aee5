import { useEffect, useId, useRef, type ReactNode } from "react";

interface Props {
  heading: string;
  onClose: () => void;
  children: ReactNode;
  /** `alertdialog` where it wants an answer. */
  urgent?: boolean;
}

/** A dialog of the browser's own: it keeps the focus inside, and Escape closes it. */
export function Dialog({ heading, onClose, children, urgent = false }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      role={urgent ? "alertdialog" : "dialog"}
      aria-labelledby={name}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className="dialog-body">
        <h2 id={name}>{heading}</h2>
        {children}
      </div>
    </dialog>
  );
}
