import type { Duty, DutyPart, Role, Shift } from "../api/types";
import { kstDateTime, parseTime } from "../ui/time";

/** Whose duty it is to sit at a seat, and who plans it. */
export const sits = (role: Role): boolean => role === "operator" || role === "police" || role === "supervisor";
export const plans = (role: Role): boolean => role === "supervisor" || role === "official";

export const reasonsOfAbsence = ["sick", "leave", "training", "other"] as const;
export type Absence = (typeof reasonsOfAbsence)[number];

/** "07:00" in Seoul. */
export const clockOf = (time: string): string => kstDateTime(parseTime(time)).slice(11, 16);

/** "2026-12-01" of now in Seoul. */
export const today = (now: number): string => kstDateTime(now).slice(0, 10);

export const nameOf = (list: Duty["crews"], key: string) => list.find((one) => one.key === key)?.name;

/** What is needed and not there. */
export const missing = (duty: Duty) => duty.needs.filter((need) => !need.isMet);

/** Seats that somebody of `role` may take now: empty ones, and those of who should have gone. */
export function free(duty: Duty, role: Role, me: DutyPart) {
  const shift = me.expected?.id;
  if (!shift) return [];
  return duty.seats.filter((seat) => seat.role === role && (!seat.taken || seat.taken.shift < shift));
}

/** Shifts that are not over, the running one first. */
export const coming = (shifts: readonly Shift[], now: number): Shift[] => shifts.filter((shift) => parseTime(shift.to) > now);
