const kSeoulOffsetMs = 9 * 3600 * 1000; // No daylight saving since 1988.

const two = (value: number) => String(value).padStart(2, "0");

function seoul(ms: number): Date {
  return new Date(ms + kSeoulOffsetMs);
}

/** "21:30:05" in KST, whatever the PC's zone is. */
export function kstClock(ms: number): string {
  const at = seoul(ms);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
}

/** "2019-11-20 21:30:05" in KST. */
export function kstDateTime(ms: number): string {
  const at = seoul(ms);
  return `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())} ${kstClock(ms)}`;
}

/** Day of the week in KST, 0 = Sunday. */
export const kstWeekday = (ms: number): number => seoul(ms).getUTCDay();

/** A duration as "0:07", "12:30" or "3:04:09"; never negative. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Milliseconds of an RFC 3339 time; 0 for what is none. */
export function parseTime(text: string | null | undefined): number {
  const ms = Date.parse(text ?? "");
  return Number.isFinite(ms) ? ms : 0;
}

/** How far a server's clock is ahead of ours, to the second: what it says of now, as soon as it is here. */
export const aheadOf = (serverNow: string): number => Math.round((parseTime(serverNow) - Date.now()) / 1000) * 1000;
