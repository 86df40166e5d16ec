import { useEffect, useRef, useState } from "react";

import { isTakenByField } from "../ui/keys";
import { calledNow, isNumber, kTypedWithinMs, typedOn, type Typed } from "./callUp";

/**
 * A camera's number, then Enter. Digits bring their tile to the spot as ever; two of them within a moment, or one that is no tile's key, are a
 * number, and Enter is then its end wherever the focus is: on a button it must not press that. Behind a first digit that is no tile's key none is. Answers the number as it stands, for the screen.
 */
export function useCallUp(call: (digits: string) => void): string | null {
  const [shown, setShown] = useState<string | null>(null);
  const latest = useRef(call);
  latest.current = call;
  useEffect(() => {
    let typed: Typed | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const put = (next: Typed | null) => {
      typed = next;
      clearTimeout(timer);
      setShown(calledNow(next, performance.now()));
      if (next) timer = setTimeout(() => put(null), kTypedWithinMs);
    };
    const listen = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      const isElsewhere = document.querySelector("[role=dialog]") !== null || (target && (isTakenByField(target) || target.closest("[data-own-digits]")));
      const hasModifier = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
      if (event.isComposing || event.repeat || hasModifier || isElsewhere) return;
      const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
      if (digit) {
        if (isNumber(typed, performance.now())) event.stopPropagation();
        return put(typedOn(typed, digit, performance.now()));
      }
      const called = /^(?:Numpad)?Enter$/.test(event.code) ? calledNow(typed, performance.now()) : null;
      if (typed) put(null);
      if (called === null) return;
      event.preventDefault();
      event.stopPropagation();
      latest.current(called);
    };
    window.addEventListener("keydown", listen, true);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("keydown", listen, true);
    };
  }, []);
  return shown;
}
