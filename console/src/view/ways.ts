import { needsHls } from "./hls";
import type { Way } from "./session";

/** After WebRTC gave no picture and the second way did, new pictures take that at once for so long. */
const kAvoidMs = 60_000;

/** Which way this page's next picture takes. What is found out on one tile holds for all. */
export class Ways {
  private avoidWebRtcUntil_ = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly has_: { webRtc: boolean; mse: boolean; hls?: boolean },
    private readonly now_: () => number,
  ) {}

  first(): Way {
    const second = this.second();
    if (!second) return "whep";
    return this.has_.webRtc && this.now_() >= this.avoidWebRtcUntil_ ? "whep" : second;
  }

  /** The way after WebRTC did not show anything; null where there is none. */
  second(): Way | null {
    if (this.has_.mse) return "fmp4";
    return this.has_.hls ? "hls" : null;
  }

  /** A picture came by the second way where WebRTC had brought none: something between keeps WebRTC out. */
  blocked(): void {
    this.avoidWebRtcUntil_ = this.now_() + kAvoidMs;
  }
}

/** What this browser can do. */
export const browserWays = (): Ways =>
  new Ways(
    { webRtc: typeof RTCPeerConnection !== "undefined", mse: typeof MediaSource !== "undefined" && typeof WebSocket !== "undefined", hls: needsHls() },
    () => performance.now(),
  );
