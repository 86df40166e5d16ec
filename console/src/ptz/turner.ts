import type { Result } from "../api/result";
import { speedOf, type Direction, type Speed } from "./ptz";

/** A held key says its movement this often; the camera stops a moment after the last word. */
const kEachMs = 300;
const kLastsMs = 600;
/** A camera that answers slowly is not asked for more. */
const kUnderWayMax = 2;

export interface TurnerDeps {
  move: (speed: Speed, ms: number) => Promise<Result<unknown>>;
  stop: () => Promise<Result<unknown>>;
  /** Of a word that was refused; null once one was taken again. */
  onAnswer: (answer: Result<unknown>) => void;
}

/**
 * What is held down, said again and again; the moment that nothing is, the camera is stopped. Requests may overtake each other on their
 * way: a stop with words before it under way is said once more behind them.
 */
export class Turner {
  private readonly held_ = new Set<Direction>();
  private fast_ = false;
  private timer_: ReturnType<typeof setInterval> | null = null;
  private underWay_ = 0;
  private stopAgain_ = false;
  private stopping_: Promise<unknown> = Promise.resolve();

  constructor(private readonly deps_: TurnerDeps) {}

  get moves(): boolean {
    return this.timer_ !== null;
  }

  press(direction: Direction, fast = false): void {
    if (this.held_.has(direction) && this.fast_ === fast) return;
    this.held_.add(direction);
    this.fast_ = fast;
    this.change();
  }

  lift(direction: Direction): void {
    if (this.held_.delete(direction)) this.change();
  }

  /** Nothing is held any more: the page lost the keys, or the person the camera. */
  rest(): void {
    this.held_.clear();
    this.change();
  }

  /** Before the camera is sent somewhere: no stop of ours may come behind that and take it back. */
  async still(): Promise<void> {
    this.rest();
    this.stopAgain_ = false;
    await this.stopping_;
  }

  private change(): void {
    if (speedOf(this.held_, this.fast_)) {
      this.timer_ ??= setInterval(() => this.say(), kEachMs);
      this.say(true);
    } else if (this.timer_) {
      clearInterval(this.timer_);
      this.timer_ = null;
      this.stopAgain_ = this.underWay_ > 0;
      this.stop();
    }
  }

  private stop(): void {
    this.stopping_ = this.deps_.stop().then(this.deps_.onAnswer);
  }

  /** A change is said at once, however many words are under way: the newest one counts. */
  private say(isChange = false): void {
    const speed = speedOf(this.held_, this.fast_);
    if (!speed || (!isChange && this.underWay_ >= kUnderWayMax)) return;
    this.underWay_++;
    void this.deps_.move(speed, kLastsMs).then((answer) => {
      this.underWay_--;
      this.deps_.onAnswer(answer);
      if (this.underWay_ > 0 || !this.stopAgain_) return;
      this.stopAgain_ = false;
      if (!this.timer_) this.stop();
    });
  }
}
