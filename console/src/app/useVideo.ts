import { useCallback, useEffect, useMemo, useState } from "react";

import type { Grant, Incident, Role } from "../api/types";
import { myGrant } from "../grant/grant";
import type { PlayerDeps } from "../view/player";
import { useTiles } from "../view/TileBoard";
import { openWhep } from "../view/whep";
import { useDesk, useSeat } from "./context";

const watchers: ReadonlySet<Role> = new Set(["operator", "police", "supervisor", "agency"]);

/** Who is given tickets at all. The server decides; this only avoids asking for a certain refusal. */
export const mayWatch = (role: Role): boolean => watchers.has(role);

/** The open incident's pictures for this seat: which grant, which cameras, which one is the spot. */
export function useVideo(incident: Incident | null) {
  const { api, model, user } = useSeat();
  const all = useDesk((state) => state.grants);
  const chosenAll = useDesk((state) => state.chosen);
  const chosen = incident ? chosenAll.get(incident.id) : undefined;
  const grant: Grant | null = useMemo(
    () => (incident && mayWatch(user.role) ? myGrant([...all.values()].filter((each) => each.incident === incident.id), user) : null),
    [all, incident?.id, user],
  );
  const losses = useDesk((state) => state.mediaLosses);
  const { order, best } = useTiles(grant, incident, chosen);

  const [picked, setPicked] = useState<{ grant: string; camera: string } | null>(null);
  const [full, setFull] = useState(false);
  useEffect(() => setFull(false), [incident?.id]);
  const mine = picked?.grant === grant?.id && picked && order.includes(picked.camera);
  const spot = mine ? picked.camera : best;
  const pick = useCallback(
    (camera: string | undefined): boolean => {
      if (!grant || !camera) return false;
      setPicked({ grant: grant.id, camera });
      return true;
    },
    [grant?.id],
  );

  const deps: PlayerDeps = useMemo(
    () => ({
      ticket: api.liveTicket,
      open: openWhep,
      onRefused: (id) => void model.checkGrant(id),
      now: () => performance.now(),
    }),
    [api, model],
  );
  const marks = useMemo(() => ({ order, spot }), [order, spot]);
  return { grant, chosen, order, spot, pick, full, setFull, deps, losses, marks };
}
