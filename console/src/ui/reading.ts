import { useEffect, useRef } from "react";

/**
 * Calls `read` at once, and again whenever something of `news` is another. One at a time for each `subject`: what comes while a reading is under
 * way is one reading more behind it, however much came.
 */
export function useReading(read: () => Promise<unknown>, subject: string, ...news: unknown[]): void {
  const latest = useRef(read);
  latest.current = read;
  const underWay = useRef<{ subject: string; again: boolean } | null>(null);
  useEffect(() => {
    if (underWay.current?.subject === subject) {
      underWay.current.again = true;
      return;
    }
    const mine = (underWay.current = { subject, again: false });
    void (async () => {
      do {
        mine.again = false;
        await latest.current();
      } while (mine.again && underWay.current === mine);
      if (underWay.current === mine) underWay.current = null;
    })();
  }, [subject, ...news]);
  useEffect(
    () => () => {
      underWay.current = null;
    },
    [],
  );
}
