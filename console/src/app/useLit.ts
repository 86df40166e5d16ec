import { useEffect, useRef } from "react";

import type { Result } from "../api/result";
import type { LitInput } from "../api/types";
import { LitCount } from "../duty/lit";
import { beforeLeaving } from "../ui/leaving";
import { useDesk, useSeat } from "./context";

/** Reports that could not be sent yet: an hour of them. */
const kWaitingMax = 12;

/** The cameras whose pictures move on the page now; behind what covers the desk nobody sees one. */
function shown(): string[] {
  if (document.querySelector(".dialog.full")) return [];
  return [...document.querySelectorAll<HTMLElement>("figure.tile[data-state=live]")].flatMap(({ dataset }) => dataset.camera ?? []);
}

/** What nobody could take now may be taken later; what was refused would be refused again. */
const isWorthAnother = (answer: Result<unknown>): boolean => !answer.ok && [0, 429, 503, 507].includes(answer.error.status);

/** Tells the record which pictures stood before who sits here: only of a page in front that has the focus. */
export function useLit(): void {
  const { api, user } = useSeat();
  const sits = useDesk((state) => user.role === "operator" && !!state.duty?.me.seat && !state.duty.me.breakSince);
  const aheadNow = useDesk((state) => state.serverAheadMs);
  const ahead = useRef(aheadNow);
  ahead.current = aheadNow;
  useEffect(() => {
    if (!sits) return;
    const now = () => Date.now() + ahead.current;
    const count = new LitCount(now());
    const waiting: LitInput[] = [];
    let sending: Promise<void> | null = null;
    async function send() {
      while (waiting[0]) {
        if (isWorthAnother(await api.reportLit(waiting[0]))) return;
        waiting.shift();
      }
    }
    const report = () => {
      const lit = count.take(now());
      if (lit) waiting.push(lit);
      if (waiting.length > kWaitingMax) waiting.shift();
      sending ??= send().finally(() => (sending = null));
      return sending;
    };
    const timer = setInterval(() => {
      if (count.isDue(now())) void report();
      if (document.visibilityState === "visible" && document.hasFocus()) count.count(shown());
    }, 1000);
    const stop = beforeLeaving(report);
    window.addEventListener("pagehide", report);
    return () => {
      clearInterval(timer);
      stop();
      window.removeEventListener("pagehide", report);
      void report();
    };
  }, [api, sits]);
}
