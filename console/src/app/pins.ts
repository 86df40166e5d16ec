import { useMemo } from "react";

import { lonLat, type Incident, type LonLat } from "../api/types";
import { isOpen, isUrgent, isWaiting, typeTitle } from "../incident/incident";
import type { Pin } from "../place/cityMap";
import type { PlainPoint } from "../place/features";
import { useName, useText } from "../ui/i18n";
import { useSlow } from "../ui/slow";

/** Pins are buttons, which the map moves one by one; what stands further down the queue is a point of the drawing. */
export const kPinsMax = 100;
const kPointsEveryMs = 1000;
const noPoints: readonly PlainPoint[] = [];

/** On the map: the pins of what is open, the first of the queue first, and of the selected incident whatever its state; all others as points. */
export function usePins(sorted: readonly Incident[], selected: string | null, age?: string): { pins: readonly Pin[]; points: readonly PlainPoint[] } {
  const text = useText();
  const name = useName();
  const unknown = text("incident.unknown");
  const pins = useMemo(
    () =>
      pinned(sorted, selected).map(({ incident, at }): Pin => ({
        id: incident.id,
        at,
        label: `${typeTitle(incident, name(incident.typeName, incident.type), unknown)} ${incident.place}`.trim(),
        urgent: isUrgent(incident),
        waiting: isWaiting(incident),
        selected: incident.id === selected,
        ...(incident.id === selected && age ? { age } : {}),
      })),
    // `unknown` stands for the language.
    [sorted, selected, unknown, age],
  );
  const settled = useSlow(sorted, kPointsEveryMs);
  const points = useMemo(() => pointsOf(settled), [settled]);
  return { pins, points };
}

function pinned(sorted: readonly Incident[], selected: string | null) {
  const found: { incident: Incident; at: LonLat }[] = [];
  for (const incident of sorted) {
    const wanted: boolean = incident.id === selected || (isOpen(incident) && found.length < kPinsMax);
    const at = wanted ? lonLat(incident.position) : null;
    if (at) found.push({ incident, at });
  }
  return found;
}

/** What is open and has no pin. */
export function pointsOf(sorted: readonly Incident[]): readonly PlainPoint[] {
  if (sorted.length <= kPinsMax) return noPoints;
  let before = 0;
  const points: PlainPoint[] = [];
  for (const incident of sorted) {
    const at = isOpen(incident) ? lonLat(incident.position) : null;
    if (at && before++ >= kPinsMax) points.push({ id: incident.id, at, urgent: isUrgent(incident), waiting: isWaiting(incident) });
  }
  return points.length > 0 ? points : noPoints;
}
