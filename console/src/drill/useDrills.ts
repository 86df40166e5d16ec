import { useCallback, useEffect, useRef, useState } from "react";

import type { Api } from "../api/client";
import type { Problem } from "../api/result";
import type { Drill } from "../api/types";
import { stateOf } from "./drill";

const kRefreshMs = 2000;
const detailOf = ({ detail, status }: Problem): string => detail || String(status);

/** The newest drills, read again and again while one runs: what was told of it grows. */
export function useDrills(api: Api) {
  const [drills, setDrills] = useState<readonly Drill[] | null>(null);
  const [unread, setUnread] = useState("");
  const [refused, setRefused] = useState("");
  const [busy, setBusy] = useState(false);
  const asked = useRef(0);

  const read = useCallback(async () => {
    const mine = ++asked.current;
    const answer = await api.drills();
    // It was asked for before something else was, and may be older than that.
    if (mine !== asked.current) return;
    setUnread(answer.ok ? "" : detailOf(answer.error));
    if (answer.ok) setDrills(answer.value);
  }, [api]);
  useEffect(() => void read(), [read]);

  const runs = drills?.some((drill) => stateOf(drill) === "running") ?? false;
  useEffect(() => {
    if (!runs) return;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const readLater = () => {
      timer = setTimeout(async () => {
        await read();
        if (timer) readLater();
      }, kRefreshMs);
    };
    readLater();
    return () => {
      if (timer) clearTimeout(timer);
      timer = null;
    };
  }, [runs, read]);

  /** Answers whether it was stopped. */
  async function stop(id: string): Promise<boolean> {
    setBusy(true);
    setRefused("");
    const answer = await api.stopDrill(id);
    if (!answer.ok) setRefused(detailOf(answer.error));
    await read();
    setBusy(false);
    return answer.ok;
  }
  return { drills, unread, refused, busy, stop };
}
