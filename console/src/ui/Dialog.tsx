import { useEffect, useId, useRef, type ReactNode } from "react";

import { useText } from "./i18n";

interface Props {
  title: string;
  onClose: () => void;
  /** For lists. */
  wide?: boolean;
  /** Covers the whole desk. */
  full?: boolean;
  children: ReactNode;
}

/** A modal dialog: focus moves in, Tab stays in, Esc leaves, focus goes back to where it was. */
export function Dialog({ title, onClose, wide = false, full = false, children }: Props) {
  const text = useText();
  const titleId = useId();
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const before = document.activeElement;
    const first = box.current?.querySelector<HTMLElement>("[data-first], input, textarea, select, button:not(.dialog-x)");
    (first ?? box.current)?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);

  function onKeyDown(event: React.KeyboardEvent) {
    // The Escape that drops a syllable in the making is the input method's.
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      onClose();
    }
    if (event.key !== "Tab") return;
    const stops = [...(box.current?.querySelectorAll<HTMLElement>("button, input, textarea, select, a[href]") ?? [])].filter((stop) => stop.tabIndex >= 0);
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement === edge) {
      event.preventDefault();
      (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
    }
  }

  return (
    <div className="dialog-shade" onMouseDown={(event) => event.target === event.currentTarget && onClose()}>
      <div ref={box} className={full ? "dialog full" : wide ? "dialog wide" : "dialog"} role="dialog" aria-modal="true" aria-labelledby={titleId} tabIndex={-1} data-focus-place onKeyDown={onKeyDown}>
        <header>
          <h2 id={titleId}>{title}</h2>
          <button type="button" className="dialog-x quiet" aria-label={text("dialog.close")} onClick={onClose}>
            ✕
          </button>
        </header>
        {children}
      </div>
    </div>
  );
}
