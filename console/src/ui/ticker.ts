import { useSyncExternalStore } from "react";

// One timer for every clock on the page: a desk shows dozens of ages and must not run dozens of timers.
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;
const kTickMs = 250;

/** Calls `listener` about four times a second until the answer is called. */
export function onTick(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const each of [...listeners]) each();
  }, kTickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** Wall time in ms, moving once a second. */
export function useNow(): number {
  return useSyncExternalStore(onTick, () => Math.floor(Date.now() / 1000) * 1000);
}
