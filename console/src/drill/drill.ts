import type { Drill, Incident } from "../api/types";

/** How many times as fast a record is told again: more than ten, and no crew can follow it. */
export const speeds = [1, 2, 5, 10] as const;
export type DrillSpeed = (typeof speeds)[number];

export type DrillState = "running" | "told" | "stopped";
export const stateOf = ({ endedAt, reason }: Drill): DrillState => (!endedAt ? "running" : reason === "stopped" ? "stopped" : "told");
export const shapes: Record<DrillState, string> = { running: "▶", told: "✓", stopped: "■" };

/** What the drill opened and the desk knows, the newest. */
export const openedBy = ({ incidents }: Drill, known: ReadonlyMap<string, Incident>): Incident | undefined =>
  incidents.map((id) => known.get(id)).findLast((incident) => incident !== undefined);
