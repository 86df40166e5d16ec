import { useEffect } from "react";

/** Where the keyboard goes when what it stood on is gone: the innermost of these that is left. */
const places = "[data-focus-place]";

/**
 * The focus is never lost: a button that goes with its act, or rests while the server is asked, would leave the keyboard on the page's body,
 * from where Tab begins at the top and a screen reader says nothing. What comes back gets it again; for what is gone its place does.
 * A press of the pointer on nothing is a person's own wish.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let last: Element | null = null;
    let around: Element[] = [];
    const remember = (event: FocusEvent) => {
      if (!(event.target instanceof Element) || event.target === document.body) return;
      last = event.target;
      around = [];
      for (let at = last.parentElement?.closest(places); at; at = at.parentElement?.closest(places)) around.push(at);
    };
    const forget = (event: PointerEvent) => {
      if (event.target instanceof Element && !event.target.closest("button, input, textarea, select, a, summary, [tabindex]")) last = null;
    };
    const keep = () => {
      if (!last || (document.activeElement !== document.body && document.activeElement !== null)) return;
      if (last.isConnected && last.matches(":disabled")) return;  // It rests, and may come back.
      const open = [...document.querySelectorAll("[role=dialog]")].at(-1);
      const place = last.isConnected ? last : [...around, open, document.querySelector(places)].find((each) => each?.isConnected && (!open || open.contains(each) || each === open));
      if (place instanceof HTMLElement) place.focus({ preventScroll: true });
    };
    // A frame later: what goes away to be drawn anew has its own ways, a dialog gives the focus back by itself.
    let due = 0;
    const look = () => {
      if (document.activeElement === document.body && last && !due) due = requestAnimationFrame(() => { due = 0; keep(); });
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["disabled"] });
    document.addEventListener("focusin", remember);
    document.addEventListener("pointerdown", forget, true);
    return () => {
      observer.disconnect();
      cancelAnimationFrame(due);
      document.removeEventListener("focusin", remember);
      document.removeEventListener("pointerdown", forget, true);
    };
  }, []);
}
