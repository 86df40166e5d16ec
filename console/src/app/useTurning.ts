import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import type { Problem } from "../api/result";
import type { Grant, Ptz, PtzNotice, PtzPresets } from "../api/types";
import { directionOf, isOwn, turningGrant, type Direction } from "../ptz/ptz";
import { Turner } from "../ptz/turner";
import { useDesk, useSeat } from "./context";
import { mayWatch } from "./useVideo";

const noGrants: readonly Grant[] = [];
type Ended = NonNullable<PtzNotice["ended"]>;

/** The large picture's camera in the hand: who has it, taking it with a reason, turning it, giving it back. */
export function useTurning(camera: string | null, permits: readonly Grant[] = noGrants) {
  const { api, user } = useSeat();
  const notice = useDesk((state) => (camera ? state.turned.get(camera) : undefined));
  const losses = useDesk((state) => state.mediaLosses);
  const grant = turningGrant(permits);
  const grantId = grant?.id ?? null;
  const [known, setKnown] = useState<Ptz | null>(null);
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [ended, setEnded] = useState<Ended | null>(null);
  const [presets, setPresets] = useState<PtzPresets["items"]>([]);
  const ptz = known?.camera === camera ? known : null;
  const mine = isOwn(ptz?.lease ?? null, user);
  const own = useRef<string | null>(null);
  own.current = mine && ptz?.lease ? ptz.lease.id : null;

  const asking = useRef(0);
  const read = useCallback(async () => {
    const mineNow = ++asking.current;
    if (!camera || !mayWatch(user.role)) return;
    const answer = await api.ptz(camera);
    if (mineNow === asking.current && answer.ok) setKnown(answer.value);
  }, [api, camera, user.role]);
  // Asked anew when a grant comes or goes: an agency sees nothing of a camera before.
  useEffect(() => void read(), [read, notice, losses, grantId]);
  useEffect(() => {
    if (notice?.ended && notice.ended.lease === own.current && notice.ended.why !== "released") setEnded(notice.ended);
  }, [notice]);

  const turner = useMemo(() => {
    if (!camera) return null;
    return new Turner({
      move: (speed, ms) => api.movePtz(camera, { ...speed, ms }),
      stop: () => api.stopPtz(camera),
      onAnswer: (answer) => setProblem(answer.ok ? null : answer.error),
    });
  }, [api, camera]);

  const leave = useCallback(() => {
    turner?.rest();
    setOpen(false);
    setProblem(null);
    setEnded(null);
    setPresets([]);
    if (camera && own.current) void api.releasePtz(camera).then(read);
  }, [api, camera, turner, read]);
  // Another picture in the large place: this camera is nobody's to turn any more.
  useEffect(() => leave, [leave]);
  useEffect(() => {
    if (!mine) turner?.rest();
  }, [mine, turner]);

  async function take(reason: string) {
    if (!camera || !grantId || busy || !reason.trim()) return;
    setBusy(true);
    const answer = await api.takePtz(camera, { grant: grantId, reason });
    setBusy(false);
    setProblem(answer.ok ? null : answer.error);
    setEnded(null);
    if (answer.ok) setKnown((now) => now && { ...now, lease: answer.value });
    await read();
    if (!answer.ok) return;
    const list = await api.ptzPresets(camera);
    if (list.ok) setPresets(list.value);
  }

  const go = useCallback(
    (preset: string | null) => {
      if (!camera) return;
      void turner
        ?.still()
        .then(() => (preset === null ? api.gotoPtzHome(camera) : api.gotoPtzPreset(camera, preset)))
        .then((answer) => setProblem(answer.ok ? null : answer.error));
    },
    [api, camera, turner],
  );

  useHands(open && mine ? turner : null, { leave, go, presets });

  return {
    camera, ptz, grant, mine, open, busy, problem, ended, presets, take, leave, go,
    press: (direction: Direction) => turner?.press(direction),
    lift: (direction: Direction) => turner?.lift(direction),
    /** The key that begins and ends it. */
    toggle: (): boolean => {
      if (!camera || !ptz) return false;
      if (open) leave();
      else setOpen(true);
      return true;
    },
  };
}

/** While a camera is in the hand, its keys come before the desk's. */
function useHands(turner: Turner | null, at: { leave: () => void; go: (preset: string | null) => void; presets: PtzPresets["items"] }): void {
  const latest = useRef(at);
  latest.current = at;
  useEffect(() => {
    if (!turner) return;
    const take = (event: KeyboardEvent) => {
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    const down = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      if (event.ctrlKey || event.altKey || event.metaKey || target?.closest("input, textarea, select, [role=dialog]")) return;
      const direction = directionOf(event.code);
      const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
      if (direction) turner.press(direction, event.shiftKey);
      else if (digit) {
        const preset = latest.current.presets[Number(digit[1]) - 1];
        if (preset && !event.repeat) latest.current.go(preset.token);
      } else if (event.code === "Home") {
        if (!event.repeat) latest.current.go(null);
      } else if (event.code === "Escape" || event.code === "KeyP") {
        if (!event.repeat) latest.current.leave();
      } else return;
      take(event);
    };
    const up = (event: KeyboardEvent) => {
      const direction = directionOf(event.code);
      if (direction) turner.lift(direction);
    };
    const rest = () => turner.rest();
    window.addEventListener("keydown", down, true);
    window.addEventListener("keyup", up, true);
    window.addEventListener("blur", rest);
    document.addEventListener("visibilitychange", rest);
    return () => {
      turner.rest();
      window.removeEventListener("keydown", down, true);
      window.removeEventListener("keyup", up, true);
      window.removeEventListener("blur", rest);
      document.removeEventListener("visibilitychange", rest);
    };
  }, [turner]);
}
