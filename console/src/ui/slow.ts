import { useEffect, useRef, useState } from "react";

/** `value`, but no more often anew than each `everyMs`: at once after a quiet time, else the latest when the time is over. */
export function useSlow<T>(value: T, everyMs: number): T {
  const [shown, setShown] = useState(value);
  const latest = useRef(value);
  latest.current = value;
  const shownAt = useRef(-Infinity);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    if (value === shown || timer.current) return;
    const show = () => {
      timer.current = null;
      shownAt.current = performance.now();
      setShown(() => latest.current);
    };
    const wait = shownAt.current + everyMs - performance.now();
    if (wait <= 0) show();
    else timer.current = setTimeout(show, wait);
  }, [value, shown, everyMs]);
  useEffect(
    () => () => {
      if (timer.current) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
  return shown;
}
