export interface GatherOptions<T> {
  /** Takes everything that came since the last call, in its order. */
  apply: (batch: T[]) => void;
  /** The shortest time between two calls, ms. */
  everyMs: number;
  /** The longest, ms: however slow the page is, what came is not kept from it for longer. */
  mostMs: number;
  now?: () => number;
}

/**
 * Hands on what comes in a rush in batches. What comes after a quiet time is handed on at once; what follows waits until
 * `everyMs` have passed since the batch before, or as long as that one kept the page busy, so that the page has half of its time
 * for the person before it.
 */
export class Gatherer<T> {
  private batch_: T[] = [];
  private dueAt_ = -Infinity;
  private timer_: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly options_: GatherOptions<T>) {}

  put(item: T): void {
    this.batch_.push(item);
    // Not left to the timer alone: timers starve behind messages, and stand nearly still in a page that is not in front.
    const wait = this.dueAt_ - this.now();
    if (wait <= 0) this.flush();
    else this.timer_ ??= setTimeout(() => this.flush(), wait);
  }

  /** Hands on what waits, now. */
  flush(): void {
    if (this.timer_) clearTimeout(this.timer_);
    this.timer_ = null;
    if (this.batch_.length === 0) return;
    const batch = this.batch_;
    this.batch_ = [];
    const begun = this.now();
    this.options_.apply(batch);
    this.dueAt_ = begun + this.options_.everyMs;
    // Applied is not drawn: the next task comes when the page is done with both, and that is the batch's price.
    afterThisTask(() => {
      const now = this.now();
      const { everyMs, mostMs } = this.options_;
      const cost = now - begun;
      this.dueAt_ = now + Math.min(Math.max(cost, everyMs - cost), mostMs);
    });
  }

  /** Forgets what waits; nothing is handed on until the next `put`. */
  drop(): void {
    if (this.timer_) clearTimeout(this.timer_);
    this.timer_ = null;
    this.batch_ = [];
  }

  private now(): number {
    return (this.options_.now ?? (() => performance.now()))();
  }
}

/** A task of its own; unlike a timer it is not put off in a page that is not in front. */
function afterThisTask(run: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    run();
  };
  port2.postMessage(null);
}
