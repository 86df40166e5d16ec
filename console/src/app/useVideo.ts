import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import type { Incident, Role } from "../api/types";
import { partOf } from "../device/part";
import { coverOf, noCover } from "../grant/grant";
import type { PlayerDeps } from "../view/player";
import { openHls } from "../view/hls";
import { openFmp4 } from "../view/mse";
import { useTiles } from "../view/TileBoard";
import { browserWays } from "../view/ways";
import { openWhep } from "../view/whep";
import { useDesk, useSeat } from "./context";

const watchers: ReadonlySet<Role> = new Set(["operator", "police", "supervisor", "agency"]);

const open = { whep: openWhep, fmp4: openFmp4, hls: openHls };

/** The page's own, for as long as it stands: what one tile found out holds for the next incident's too. */
let known: ReturnType<typeof browserWays> | null = null;
const ways = () => (known ??= browserWays());

/** Who is given tickets at all. The server decides; this only avoids asking for a certain refusal. */
export const mayWatch = (role: Role): boolean => watchers.has(role);

/** The open incident's pictures for this seat: what is permitted, which cameras, which one is the spot. */
export function useVideo(incident: Incident | null) {
  const { api, model, user } = useSeat();
  const all = useDesk((state) => state.grants);
  const chosenAll = useDesk((state) => state.chosen);
  const chosen = incident ? chosenAll.get(incident.id) : undefined;
  const grants = useSame(useMemo(() => [...all.values()].filter((grant) => grant.incident === incident?.id), [all, incident?.id]));
  const cover = useMemo(() => (incident && mayWatch(user.role) ? coverOf(grants, incident, user) : noCover), [grants, incident, user]);
  const losses = useDesk((state) => state.mediaLosses);
  const [live, setLive] = useState<ReadonlySet<string>>(new Set());
  const onLive = useCallback((camera: string, is: boolean) => setLive((now) => {
    if (now.has(camera) === is) return now;
    const next = new Set(now);
    if (is) next.add(camera);
    else next.delete(camera);
    return next;
  }), []);
  const { order, best } = useTiles(cover, incident, chosen, live);

  const [picked, setPicked] = useState<{ incident: string; camera: string } | null>(null);
  const [full, setFull] = useState(false);
  useEffect(() => setFull(false), [incident?.id]);
  const stands = picked && picked.incident === incident?.id && order.includes(picked.camera) && (cover.living.size === 0 || cover.living.has(picked.camera));
  const spot = stands ? picked.camera : best;
  const pick = useCallback(
    (camera: string | undefined): boolean => {
      if (!incident || !camera) return false;
      setPicked({ incident: incident.id, camera });
      return true;
    },
    [incident?.id],
  );

  const deps: PlayerDeps = useMemo(
    () => ({
      ticket: api.liveTicket,
      open: (way, url, ticket, events) => open[way](url, ticket, events),
      ways: ways(),
      onRefused: (id) => void model.checkGrant(id),
      now: () => performance.now(),
    }),
    [api, model],
  );
  const marks = useMemo(() => ({ order, spot, parts: new Map((chosen ?? []).map((camera) => [camera.id, partOf(camera)])) }), [order, spot, chosen]);
  return { cover, chosen, order, spot, pick, full, setFull, deps, losses, marks, onLive };
}

/** The list of before while it holds the same things: grants of other incidents come and go all the time. */
function useSame<T>(list: readonly T[]): readonly T[] {
  const kept = useRef(list);
  if (list.length !== kept.current.length || list.some((each, at) => each !== kept.current[at])) kept.current = list;
  return kept.current;
}
