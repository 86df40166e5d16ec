import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import type { ChosenCamera } from "../api/types";
import { camerasOf, isSeen, pause, renewed, step, tick, type Patrol } from "../duty/patrol";
import { coverOf, noCover } from "../grant/grant";
import { onTick } from "../ui/ticker";
import { useDesk, useSeat } from "./context";

/**
 * The patrol over the caller's own cameras. It runs while `free`: nobody's incident is open before them; else it waits where it is.
 */
export function usePatrol(free: boolean) {
  const { api, model, user } = useSeat();
  const duty = useDesk((state) => state.duty);
  const news = useDesk((state) => state.dutyNews);
  const grants = useDesk((state) => state.grants);
  const sits = user.role === "operator" && !!duty?.me.seat && !duty.me.breakSince;
  const [patrol, setPatrol] = useState<Patrol | null>(null);
  const [picked, setPicked] = useState<string | null>(null);
  const [problem, setProblem] = useState(false);
  const [busy, setBusy] = useState(false);

  const asking = useRef(0);
  const read = useCallback(async () => {
    const mine = ++asking.current;
    const answer = await api.ownWatch();
    if (mine !== asking.current) return;  // A later answer says it better.
    if (answer.ok) setPatrol((now) => renewed(now, answer.value));
    if (answer.ok && answer.value.set) void model.checkGrant(answer.value.set.grant);
  }, [api, model]);
  useEffect(() => {
    if (sits) void read();
    else setPatrol(null);
  }, [sits, news, read]);

  const runs = sits && free && patrol !== null;
  useEffect(() => {
    if (!runs) return;
    let before = performance.now();
    return onTick(() => {
      const now = performance.now();
      const ms = now - before;
      before = now;
      setPatrol((current) => current && tick(current, ms));
    });
  }, [runs]);

  /** Which pass is asked to be confirmed: pressed twice, it is confirmed once. */
  const asked = useRef<string | null>(null);
  const confirm = useCallback(async () => {
    if (!runs || !patrol || !isSeen(patrol)) return;
    const pass = `${patrol.set.shift} ${patrol.set.pass}`;
    if (asked.current === pass) return;
    asked.current = pass;
    setBusy(true);
    const answer = await api.confirmPass(patrol.set.pass);
    setBusy(false);
    // Another page of the same person was first: it is confirmed.
    setProblem(!answer.ok && answer.error.kind !== "another_pass");
    await read();
    asked.current = null;
  }, [api, runs, patrol, read]);

  const cameras = useMemo(() => (patrol ? camerasOf(patrol) : []), [patrol?.set, patrol?.at]);
  const order = useMemo(() => cameras.map(({ id }) => id), [cameras]);
  const grant = patrol ? grants.get(patrol.set.grant) : undefined;
  const cover = useMemo(() => (grant ? coverOf([grant], null, user) : noCover), [grant, user]);
  const chosen = useMemo(() => cameras.map((camera): ChosenCamera => ({ ...camera, score: 0, reasons: [] })), [cameras]);
  const spot = picked && order.includes(picked) ? picked : (order[0] ?? null);

  return {
    patrol: runs ? patrol : null, order, spot, cover, chosen, busy, problem, confirm,
    pick: (camera: string | undefined): boolean => {
      if (!camera) return false;
      setPicked(camera);
      return true;
    },
    step: (by: 1 | -1) => runs && setPatrol((now) => now && step(now, by)),
    pause: () => runs && setPatrol((now) => now && pause(now)),
  };
}
