import { sharedSocket } from "./fmp4Socket";
import { makeVideo, type LiveSession, type SessionEvents } from "./session";
import type { BlankReason } from "./tile";

/** Behind the newest picture by more than this, or by more than some pictures, it jumps; in between it runs a little faster. */
const kJumpBehindS = 0.6;
const kJumpBehindPictures = 2.5;
const kHurryBehindS = 0.25;
const kCalmBehindS = 0.15;
const kHurryRate = 1.05;
/** Where a jump lands before the newest picture's end. */
const kLandBeforeS = 0.1;
/** Of what was played so much is kept, and so much more comes together before it is taken out. */
const kKeptS = 5;
const kTrimS = 5;
/** What a browser that does not take its bytes may owe. */
const kWaitingBytesMax = 4 << 20;
const kLookEveryMs = 1000;

const kAsked: Record<string, string> = { avc1: 'video/mp4; codecs="avc1.640028"', hvc1: 'video/mp4; codecs="hvc1.1.6.L123.B0"' };

/** The codecs that this browser plays in MP4, by the names of their samples. */
export const playedCodecs = (): string[] => Object.keys(kAsked).filter((name) => MediaSource.isTypeSupported(kAsked[name] as string));

/** Plays one camera by Media Source Extensions over the page's one WebSocket: `url` as the ticket's answer names it. */
export function openFmp4(url: string, ticket: string, events: SessionEvents): LiveSession {
  return new MseSession(url, ticket, events);
}

/** The next thing that the browser's buffer gets. */
type Step = { mime: string } | { bytes: Uint8Array };

class MseSession implements LiveSession {
  readonly way = "fmp4";
  readonly video = makeVideo();
  private readonly source_ = new MediaSource();
  private readonly objectUrl_ = URL.createObjectURL(this.source_);
  private readonly leave_: () => void;
  private readonly lookTimer_: ReturnType<typeof setInterval>;
  private buffer_: SourceBuffer | null = null;
  private readonly steps_: Step[] = [];
  private waitingBytes_ = 0;
  private over_ = false;
  private started_ = false;
  private tookBytes_ = false;
  private newest_ = 0;
  private gap_ = 0;

  constructor(
    url: string,
    ticket: string,
    private readonly events_: SessionEvents,
  ) {
    this.source_.addEventListener("sourceopen", () => this.pump());
    this.video.addEventListener("error", () => this.died("blank.lost"));
    this.video.src = this.objectUrl_;
    this.watchFrames();
    this.lookTimer_ = setInterval(() => this.look(), kLookEveryMs);
    const camera = decodeURIComponent(new URL(url).pathname.split("/").pop() ?? "");
    this.leave_ = sharedSocket(url).open(camera, ticket, playedCodecs(), {
      onMime: (mime) => this.queue({ mime }),
      onBytes: (bytes) => this.queue({ bytes }),
      onEnded: (reason) => this.died(reason),
    });
  }

  close(): void {
    this.hangUp();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load(); // Lets go of the decoder at once.
    this.video.remove();
    URL.revokeObjectURL(this.objectUrl_);
  }

  private hangUp(): void {
    if (this.over_) return;
    this.over_ = true;
    clearInterval(this.lookTimer_);
    this.steps_.length = 0;
    this.leave_();
  }

  private died(reason: BlankReason): void {
    if (this.over_) return;
    this.hangUp();
    this.events_.onDied(reason);
  }

  private queue(step: Step): void {
    if (this.over_) return;
    this.steps_.push(step);
    if ("bytes" in step) this.waitingBytes_ += step.bytes.byteLength;
    if (this.waitingBytes_ > kWaitingBytesMax) return this.died("blank.slow");
    this.pump();
  }

  private pump(): void {
    while (!this.over_ && this.source_.readyState === "open" && !this.buffer_?.updating) {
      const step = this.steps_.shift();
      if (!step) return this.chase();
      try {
        if ("mime" in step) this.take(step.mime);
        else this.append(step.bytes);
      } catch (error) {
        // A full buffer is emptied by chase(); what does not fit then is not to be had.
        return this.died(error instanceof DOMException && error.name === "QuotaExceededError" ? "blank.slow" : "blank.lost");
      }
    }
  }

  private take(mime: string): void {
    if (!MediaSource.isTypeSupported(mime)) return this.died("blank.notServed");
    if (this.buffer_) return this.buffer_.changeType(mime);
    this.source_.duration = Number.POSITIVE_INFINITY;
    this.buffer_ = this.source_.addSourceBuffer(mime);
    this.buffer_.addEventListener("updateend", () => this.pump());
    this.buffer_.addEventListener("error", () => this.died("blank.lost"));
  }

  private append(bytes: Uint8Array): void {
    if (!this.buffer_) return this.died("blank.lost");
    this.waitingBytes_ -= bytes.byteLength;
    this.tookBytes_ = true;
    this.buffer_.appendBuffer(bytes as Uint8Array<ArrayBuffer>);
  }

  /** Keeps to the newest picture, over gaps too, and the buffer short. */
  private chase(): void {
    const buffered = this.buffer_?.buffered;
    if (!this.buffer_ || !buffered || buffered.length === 0) return;
    const first = buffered.start(0);
    const from = buffered.start(buffered.length - 1);
    const to = buffered.end(buffered.length - 1);
    const at = this.video.currentTime;
    const behind = to - at;
    if (to > this.newest_ && this.newest_ > 0) this.gap_ = to - this.newest_;
    this.newest_ = to;
    const far = Math.max(kJumpBehindS, kJumpBehindPictures * this.gap_);
    if (!this.started_ || at < from || behind > far || behind < -far) {
      this.started_ = true;
      this.video.currentTime = Math.max(from, to - kLandBeforeS);
      this.video.playbackRate = 1;
      this.video.play().catch(() => undefined); // Muted video may always play; a removed one rejects.
    } else if (behind > kHurryBehindS + this.gap_) {
      this.video.playbackRate = kHurryRate;
    } else if (behind < kCalmBehindS + this.gap_) {
      this.video.playbackRate = 1;
    }
    if (at - first > kKeptS + kTrimS) this.buffer_.remove(first, at - kKeptS);
  }

  private watchFrames(): void {
    const each = (_now: number, meta: VideoFrameCallbackMetadata) => {
      if (this.over_) return;
      // The server's clock when the picture was there: the time of its stream is our wall time.
      this.events_.onFrame({ clockMs: meta.mediaTime * 1000, captured: true });
      this.video.requestVideoFrameCallback(each);
    };
    this.video.requestVideoFrameCallback(each);
  }

  /** A page out of sight gets no frame callbacks; the bytes still tell whether pictures come. */
  private look(): void {
    if (document.hidden && this.tookBytes_) this.events_.onFrame({ clockMs: Date.now(), captured: false });
    this.tookBytes_ = false;
  }
}
