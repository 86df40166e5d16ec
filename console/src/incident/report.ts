import type { Incident, Report, Role } from "../api/types";
import { isMessageKey, type Translate } from "../ui/i18n";
import { goesOn, mayAct } from "./incident";

/** Whether it may be taken out: the one that opened the incident stays with it. The server decides; this only avoids offering a certain refusal. */
export const maySplit = (incident: Incident, report: Report, role: Role): boolean =>
  mayAct(role) && goesOn(incident) && !report.endedAt && report.event !== incident.event;

/** How it came to be a report of this incident, and how far from it. */
export function joinedWord({ joinedBy, distanceM }: Report, text: Translate, named: (actor: string) => string): string {
  if (!joinedBy) return text("reports.opening");
  if (!joinedBy.startsWith("rule:")) return text("reports.byPerson", { who: named(joinedBy), m: distanceM });
  const rule = joinedBy.slice("rule:".length);
  const key = `joining.${rule}`;
  return text("reports.byRule", { rule: isMessageKey(key) ? text(key) : rule, m: distanceM });
}
