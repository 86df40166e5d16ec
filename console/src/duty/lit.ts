import type { LitInput } from "../api/types";

const kHourMs = 3_600_000;
const kEachMs = 5 * 60_000;

/**
 * Counts how long each picture stood on a lit screen, and gathers it into reports of one hour each. Times are the server's, in ms; a
 * guess of them that goes back makes no report that overlaps the one before.
 */
export class LitCount {
  private readonly seconds_ = new Map<string, number>();
  constructor(private from_: number) {}

  /** A second in which these pictures moved before somebody. */
  count(cameras: Iterable<string>): void {
    for (const camera of cameras) this.seconds_.set(camera, (this.seconds_.get(camera) ?? 0) + 1);
  }

  /** Whether it is time to report: every five minutes, and with each full hour. */
  isDue(now: number): boolean {
    return now - this.from_ >= kEachMs || Math.floor(now / kHourMs) !== Math.floor(this.from_ / kHourMs);
  }

  /** What was counted since the last report, and begins anew; null where nothing was. */
  take(now: number): LitInput | null {
    const from = this.from_;
    if (now <= from) return null;
    // An hour's last second belongs to it.
    const hourEnd = (Math.floor(from / kHourMs) + 1) * kHourMs;
    const to = Math.min(now, hourEnd);
    const longest = Math.max(1, Math.floor((to - from) / 1000));
    const screens = [...this.seconds_].map(([camera, seconds]) => ({ camera, seconds: Math.min(seconds, longest) }));
    this.seconds_.clear();
    this.from_ = now;
    if (screens.length === 0 || to <= from) return null;
    return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), screens: screens.slice(0, kScreensMax) };
  }
}

/** Of one report, as the server takes it: a set has fifty cameras at most, an incident's board six. */
const kScreensMax = 64;
