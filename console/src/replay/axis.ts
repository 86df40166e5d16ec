/** What has no entry for longer than this is quiet … */
export const kQuietMs = 20_000;
/** … and plays so long when that is skipped. */
export const kQuietPlaysMs = 2_000;

/** The time of a record laid out as it plays: two scales with the same marks, between which it runs evenly. */
export class Axis {
  private readonly times_: readonly number[];
  private readonly played_: readonly number[];

  /** `times`: when there is something, ms, ascending; at least one. */
  constructor(times: readonly number[], skips: boolean) {
    this.times_ = times.filter((time, at) => at === 0 || time > (times[at - 1] as number));
    let played = 0;
    this.played_ = this.times_.map((time, at) => {
      const gap = time - (this.times_[at - 1] ?? time);
      played += skips && gap > kQuietMs ? kQuietPlaysMs : gap;
      return played;
    });
  }

  get start(): number {
    return this.times_[0] as number;
  }
  get end(): number {
    return this.times_.at(-1) as number;
  }
  /** How long it plays at 1×, ms. */
  get length(): number {
    return this.played_.at(-1) as number;
  }

  playedAt(time: number): number {
    return across(this.times_, this.played_, time);
  }
  timeAt(played: number): number {
    return across(this.played_, this.times_, played);
  }
}

/** From one scale to the other; beyond the ends there is nothing. */
function across(from: readonly number[], to: readonly number[], value: number): number {
  const last = from.length - 1;
  if (last === 0 || value <= (from[0] as number)) return to[0] as number;
  if (value >= (from[last] as number)) return to[last] as number;
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((from[middle] as number) <= value) low = middle;
    else high = middle;
  }
  const [a, b, c, d] = [from[low], from[high], to[low], to[high]] as [number, number, number, number];
  return c + ((value - a) * (d - c)) / (b - a);
}
