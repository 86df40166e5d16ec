import { useEffect, useState } from "react";

import type { Api } from "../api/client";
import type { Ahead, Incident } from "../api/types";
import { elapsed, parseTime } from "../ui/time";
import { useNow } from "../ui/ticker";
import { isOpen } from "./incident";

/** Where it may be grows with each second that it is not seen. */
const kReadEveryMs = 5000;

/** An open incident that its sender saw at more than one place. */
export const isMoving = (incident: Incident | null): boolean => incident !== null && isOpen(incident) && (incident.moves ?? 0) > 0 && incident.position !== null;

/** What lies ahead of a target that moves: read with each new place, and each few seconds. `age` once its place is too old to be where it is. */
export function useAhead(api: Api, incident: Incident | null): { ahead: Ahead | null; age: string | undefined } {
  const [read, setRead] = useState<{ ahead: Ahead; at: number } | null>(null);
  const id = incident && isMoving(incident) ? incident.id : null;
  const place = String(incident?.position);
  useEffect(() => {
    if (!id) return setRead(null);
    let gone = false;
    const look = () =>
      void api.ahead(id).then((answer) => {
        if (!gone) setRead(answer.ok ? { ahead: answer.value, at: Date.now() } : null);
      });
    look();
    const timer = setInterval(look, kReadEveryMs);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [api, id, place]);
  const ahead = read && read.ahead.incident === id ? read.ahead : null;
  return { ahead, age: useStaleAge(ahead, read?.at ?? 0) };
}

/** By the server's own reckoning, and what has passed here since. */
function useStaleAge(ahead: Ahead | null, readAt: number): string | undefined {
  const now = useNow();
  if (!ahead) return undefined;
  const ageMs = ahead.ageS * 1000 + Math.max(0, now - readAt);
  return ageMs >= ahead.staleAfterS * 1000 ? elapsed(ageMs) : undefined;
}

/** How long ago it was seen, by the server's clock. */
export const seenAgoMs = (ahead: Ahead, serverNow: number): number => Math.max(0, serverNow - parseTime(ahead.seenAt));
