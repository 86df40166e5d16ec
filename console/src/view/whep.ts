import { takeConnection, type Prepared } from "./connections";
import { makeVideo, type LiveSession, type SessionEvents } from "./session";
import { reasonOfAnswer, type BlankReason } from "./tile";

const kStatsEveryMs = 1000;

/** Plays one camera by WHEP (RFC 9725): `url` complete but for the ticket. */
export function openWhep(url: string, ticket: string, events: SessionEvents): LiveSession {
  return new WhepSession(url, ticket, events);
}

class WhepSession implements LiveSession {
  readonly way = "whep";
  readonly video = makeVideo();
  private readonly peer_: RTCPeerConnection;
  private readonly statsTimer_: ReturnType<typeof setInterval>;
  private location_: string | null = null;
  private closed_ = false;
  private framesDecoded_ = 0;
  private lastCallbackAt_ = 0;

  constructor(
    private readonly url_: string,
    ticket: string,
    private readonly events_: SessionEvents,
  ) {
    const prepared = takeConnection();
    this.peer_ = prepared.peer;
    prepared.transceiver.receiver.jitterBufferTarget = 0;
    this.peer_.ontrack = (event) => this.play(event);
    this.peer_.onconnectionstatechange = () => {
      if (this.peer_.connectionState === "failed" || this.peer_.connectionState === "closed") this.died("blank.lost");
    };
    this.watchFrames();
    this.statsTimer_ = setInterval(() => void this.readStats(), kStatsEveryMs);
    void this.negotiate(prepared, ticket);
  }

  close(): void {
    this.hangUp();
    this.video.srcObject = null;
    this.video.remove();
  }

  private hangUp(): void {
    if (this.closed_) return;
    this.closed_ = true;
    clearInterval(this.statsTimer_);
    this.peer_.close();
    this.sayGoodbye();
  }

  private died(reason: BlankReason): void {
    if (this.closed_) return;
    this.hangUp();
    this.events_.onDied(reason);
  }

  private async negotiate(prepared: Prepared, ticket: string): Promise<void> {
    try {
      // The server learns our address from the first check, so nothing waits for candidates.
      await prepared.described;
      const answer = await fetch(this.url_, {
        method: "POST",
        headers: { "Content-Type": "application/sdp", Authorization: `Bearer ${ticket}` },
        body: this.peer_.localDescription?.sdp ?? "",
      });
      if (answer.status !== 201) return this.died(await reasonOfAnswer(answer));
      const location = answer.headers.get("Location");
      this.location_ = location ? new URL(location, this.url_).href : null;
      const sdp = await answer.text();
      if (this.closed_) return this.sayGoodbye();
      await this.peer_.setRemoteDescription({ type: "answer", sdp });
    } catch {
      this.died("blank.lost");
    }
  }

  private play(event: RTCTrackEvent): void {
    if (this.closed_) return;
    this.video.srcObject = new MediaStream([event.track]);
    event.track.onended = () => this.died("blank.lost");
    const dtls = event.receiver.transport;
    if (dtls) {
      dtls.onstatechange = () => {
        if (dtls.state === "closed" || dtls.state === "failed") this.died("blank.lost");
      };
    }
    this.video.play().catch(() => undefined); // Muted video may always play; a removed one rejects.
  }

  private watchFrames(): void {
    const each = (now: number, meta: VideoFrameCallbackMetadata) => {
      if (this.closed_) return;
      this.lastCallbackAt_ = now;
      const at = meta.captureTime ?? meta.receiveTime ?? now;
      this.events_.onFrame({ clockMs: performance.timeOrigin + at, captured: meta.captureTime !== undefined });
      this.video.requestVideoFrameCallback(each);
    };
    this.video.requestVideoFrameCallback(each);
  }

  /** A page out of sight gets no frame callbacks; the decoder's count still tells whether frames come. */
  private async readStats(): Promise<void> {
    if (performance.now() - this.lastCallbackAt_ < kStatsEveryMs || this.closed_) return;
    const report = await this.peer_.getStats();
    if (this.closed_) return;
    report.forEach((entry: { type: string; framesDecoded?: number }) => {
      if (entry.type !== "inbound-rtp" || entry.framesDecoded === undefined) return;
      if (entry.framesDecoded > this.framesDecoded_ && document.hidden) {
        this.events_.onFrame({ clockMs: Date.now(), captured: false });
      }
      this.framesDecoded_ = entry.framesDecoded;
    });
  }

  private sayGoodbye(): void {
    const location = this.location_;
    this.location_ = null;
    if (location) fetch(location, { method: "DELETE", keepalive: true }).catch(() => undefined);
  }
}
