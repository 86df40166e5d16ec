import { useEffect } from "react";

import { LitCount } from "../duty/lit";
import { useDesk, useSeat } from "./context";

/** The cameras whose pictures move on the page now. */
function shown(): string[] {
  return [...document.querySelectorAll<HTMLElement>("figure.tile[data-state=live]")].flatMap(({ dataset }) => dataset.camera ?? []);
}

/** Tells the record which pictures stood before who sits here: only of a page in front that has the focus. */
export function useLit(): void {
  const { api, user } = useSeat();
  const sits = useDesk((state) => user.role === "operator" && !!state.duty?.me.seat && !state.duty.me.breakSince);
  const ahead = useDesk((state) => state.serverAheadMs);
  useEffect(() => {
    if (!sits) return;
    const now = () => Date.now() + ahead;
    const count = new LitCount(now());
    const report = () => {
      const lit = count.take(now());
      if (lit) void api.reportLit(lit);
    };
    const timer = setInterval(() => {
      if (count.isDue(now())) report();
      if (document.visibilityState === "visible" && document.hasFocus()) count.count(shown());
    }, 1000);
    window.addEventListener("pagehide", report);
    return () => {
      clearInterval(timer);
      window.removeEventListener("pagehide", report);
      report();
    };
  }, [api, sits, ahead]);
}
