import { makeVideo, type LiveSession, type SessionEvents } from "./session";
import { reasonOfAnswer, type BlankReason } from "./tile";

const kType = "application/vnd.apple.mpegurl";
const kLookEveryMs = 500;
const kAsked: Record<string, string> = { avc1: 'video/mp4; codecs="avc1.640028"', hvc1: 'video/mp4; codecs="hvc1.1.6.L123.B0"' };

/** With what this browser's own player plays, where it tells. */
function withCodecs(url: string, player: HTMLVideoElement): string {
  const played = Object.keys(kAsked).filter((name) => player.canPlayType(kAsked[name] as string) !== "");
  return played.length > 0 ? `${url}?codecs=${played.join(",")}` : url;
}

/**
 * Whether this browser's own player takes HLS, and nothing else is to be had: an iPhone without WebRTC (kept out by the network, or switched
 * off). Browsers with MediaSource are better served by MP4 over WebSocket.
 */
export function needsHls(): boolean {
  return typeof MediaSource === "undefined" && document.createElement("video").canPlayType(kType) !== "";
}

/**
 * Plays one camera by HLS (RFC 8216) in the browser's own player: `url` complete but for the ticket. The ticket goes in a header; what the
 * player gets is the view's own address.
 */
export function openHls(url: string, ticket: string, events: SessionEvents): LiveSession {
  return new HlsSession(url, ticket, events);
}

class HlsSession implements LiveSession {
  readonly way = "hls";
  readonly video = makeVideo();
  private view_: string | null = null;
  private closed_ = false;
  private lastTime_ = 0;
  private readonly timer_: ReturnType<typeof setInterval>;

  constructor(
    private readonly url_: string,
    ticket: string,
    private readonly events_: SessionEvents,
  ) {
    this.video.onerror = () => this.died("blank.lost");
    this.video.onended = () => this.died("blank.lost");
    this.timer_ = setInterval(() => this.look(), kLookEveryMs);
    void this.begin(ticket);
  }

  close(): void {
    this.hangUp();
    this.video.remove();
  }

  private hangUp(): void {
    if (this.closed_) return;
    this.closed_ = true;
    clearInterval(this.timer_);
    // Without a source and loaded anew it lets go of its connections and of the picture.
    this.video.removeAttribute("src");
    this.video.load();
    this.sayGoodbye();
  }

  private died(reason: BlankReason): void {
    if (this.closed_) return;
    this.hangUp();
    this.events_.onDied(reason);
  }

  private async begin(ticket: string): Promise<void> {
    try {
      const answer = await fetch(withCodecs(this.url_, this.video), { headers: { Authorization: `Bearer ${ticket}` } });
      if (answer.status !== 200) return this.died(await reasonOfAnswer(answer));
      const media = mediaPlaylistOf(await answer.text(), this.url_);
      if (!media) return this.died("blank.lost");
      this.view_ = new URL(".", media).href;
      if (this.closed_) return this.sayGoodbye();
      this.video.src = media;
      this.video.play().catch(() => undefined); // Muted video may always play; a removed one rejects.
    } catch {
      this.died("blank.lost");
    }
  }

  /** The player tells no frames on all phones; that its time goes on says that they come. */
  private look(): void {
    const time = this.video.currentTime;
    if (time === this.lastTime_) return;
    this.lastTime_ = time;
    this.events_.onFrame({ clockMs: this.startMs() + time * 1000, captured: false });
  }

  /** Wall ms of the player's time 0, by EXT-X-PROGRAM-DATE-TIME where the player tells it. */
  private startMs(): number {
    const start = (this.video as { getStartDate?: () => Date }).getStartDate?.().getTime();
    return start !== undefined && !Number.isNaN(start) ? start : Date.now() - this.video.currentTime * 1000;
  }

  private sayGoodbye(): void {
    const view = this.view_;
    this.view_ = null;
    if (view) fetch(view, { method: "DELETE", keepalive: true }).catch(() => undefined);
  }
}

/** The address of the variant that a multivariant playlist names. */
export function mediaPlaylistOf(playlist: string, base: string): string | null {
  const line = playlist.split("\n").find((each) => each.trim() !== "" && !each.startsWith("#"));
  return line && playlist.startsWith("#EXTM3U") ? new URL(line.trim(), base).href : null;
}
