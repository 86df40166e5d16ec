import { useEffect, useState } from "react";

import type { Axis } from "./axis";
import type { ReplayCommand } from "./keys";
import { isOver, seek, speedAfter, timeOf, turn, withSpeed, type Head, type Speed } from "./playhead";
import { nextAt, previousAt, type Moment } from "./replay";

/** How often a record that plays is drawn. */
const kDrawMs = 100;
const steps: Partial<Record<ReplayCommand, number>> = { back: -10_000, on: 10_000, farBack: -60_000, farOn: 60_000 };

/** Where the record stands, and what moves it. */
export function usePlayhead(axis: Axis, moments: readonly Moment[]) {
  const [head, setHead] = useState<Head>({ time: axis.start, since: null, speed: 1 });
  const [now, setNow] = useState(() => performance.now());
  const plays = head.since !== null;
  useEffect(() => {
    if (!plays) return;
    const timer = setInterval(() => setNow(performance.now()), kDrawMs);
    return () => clearInterval(timer);
  }, [plays]);
  const isAtEnd = isOver(head, axis, now);
  useEffect(() => {
    if (plays && isAtEnd) setHead((head) => ({ ...head, time: axis.end, since: null }));
  }, [plays, isAtEnd, axis]);

  const goTo = (time: number, at = performance.now()) => setHead((head) => seek(head, axis, time, at));
  function setSpeed(speed: Speed): void {
    const at = performance.now();
    setHead((head) => withSpeed(head, axis, speed, at));
  }

  function run(command: ReplayCommand): void {
    const at = performance.now();
    const time = timeOf(head, axis, at);
    switch (command) {
      case "turn":
        return setHead((head) => turn(head, axis, at));
      case "slower":
      case "faster":
        return setSpeed(speedAfter(head.speed, command === "faster" ? 1 : -1));
      case "first":
        return goTo(axis.start, at);
      case "last":
        return goTo(axis.end, at);
      case "previous":
        return goTo(previousAt(moments, time) ?? axis.start, at);
      case "next":
        return goTo(nextAt(moments, time) ?? axis.end, at);
      default:
        // Also before another scale is laid under it: it goes on from the same moment.
        return goTo(time + (steps[command] ?? 0), at);
    }
  }
  return { time: timeOf(head, axis, now), plays, speed: head.speed, goTo, setSpeed, run };
}

export type Playhead = ReturnType<typeof usePlayhead>;
