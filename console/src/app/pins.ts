import { useMemo } from "react";

import { lonLat, type Incident } from "../api/types";
import { isOpen, isUrgent, isWaiting, typeTitle } from "../incident/incident";
import type { Pin } from "../place/cityMap";
import { useName, useText } from "../ui/i18n";

const kPinsMax = 300;

/** The pins of what is open, and of the selected incident whatever its state. */
export function usePins(incidents: ReadonlyMap<string, Incident>, selected: string | null): readonly Pin[] {
  const text = useText();
  const name = useName();
  const unknown = text("incident.unknown");
  return useMemo(() => {
    const pins: Pin[] = [];
    for (const incident of incidents.values()) {
      const at = lonLat(incident.position);
      if (!at || pins.length >= kPinsMax || (!isOpen(incident) && incident.id !== selected)) continue;
      pins.push({
        id: incident.id,
        at,
        label: `${typeTitle(incident, name(incident.typeName, incident.type), unknown)} ${incident.place}`.trim(),
        urgent: isUrgent(incident),
        waiting: isWaiting(incident),
        selected: incident.id === selected,
      });
    }
    return pins;
    // `unknown` stands for the language.
  }, [incidents, selected, unknown]);
}
