/** Waits that double from `first` to `most`; milliseconds. `reset` after a success. */
export class Backoff {
  private next_: number;

  constructor(
    private readonly first_: number,
    private readonly most_: number,
  ) {
    this.next_ = first_;
  }

  next(): number {
    const wait = this.next_;
    this.next_ = Math.min(wait * 2, this.most_);
    return wait;
  }

  reset(): void {
    this.next_ = this.first_;
  }
}
