import { useState } from "react";

import type { Api } from "../api/client";
import type { CaseService, Incident, Role, Service, ServiceTimes } from "../api/types";
import type { Translate } from "../ui/i18n";
import { useReading } from "../ui/reading";

/** Who puts declarations in force. The server decides; this only avoids offering a certain refusal. */
export const declares = (role: Role): boolean => role === "official" || role === "admin";

/** Which service the incident belongs to and what is known of that; null until it is read. */
export function useCaseService(api: Api, incident: Incident | null): CaseService | null {
  const [known, setKnown] = useState<{ incident: string; value: CaseService } | null>(null);
  async function read() {
    if (!incident) return;
    const answer = await api.incidentService(incident.id);
    if (answer.ok) setKnown({ incident: incident.id, value: answer.value });
  }
  useReading(read, incident?.id ?? "", incident);
  return known && known.incident === incident?.id ? known.value : null;
}

export const isInForce = (service: Pick<Service, "life">): boolean => service.life === "pilot" || service.life === "running";

/** "2.4 s", "3 min 20 s"; empty where nothing was measured. */
export function spanText(seconds: number | null, text: Translate): string {
  if (seconds === null) return "";
  const whole = Math.round(seconds);
  if (whole < 60) return text("service.seconds", { s: seconds < 10 ? Math.round(seconds * 10) / 10 : whole });
  return text("service.minutes", { m: Math.floor(whole / 60), s: whole % 60 });
}

/** The share of what was measured within so many minutes, in whole per cent; null where nothing was. */
export function shareWithin(times: ServiceTimes, minutes: 5 | 7): number | null {
  const within = minutes === 5 ? times.within5Min : times.within7Min;
  return times.n === 0 ? null : Math.round((100 * within) / times.n);
}
