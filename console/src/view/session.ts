import type { BlankReason } from "./tile";

/** How a picture comes to the page: WebRTC, MP4 over one WebSocket for all tiles, or HLS in the browser's own player. */
export type Way = "whep" | "fmp4" | "hls";

/** One frame on screen. */
export interface FrameInfo {
  /** Wall ms of the frame: capture where the sender says it, else receipt. */
  clockMs: number;
  captured: boolean;
}

export interface LiveSession {
  readonly way: Way;
  /** Owned by the session; the caller only places it. */
  readonly video: HTMLVideoElement;
  /** Ends it now: no picture, no connection; tells the server. No callback follows. */
  close(): void;
}

export interface SessionEvents {
  onFrame: (frame: FrameInfo) => void;
  /** Once, and not after close(). No frame comes any more; the last one stands until close(). */
  onDied: (reason: BlankReason) => void;
}

export function makeVideo(): HTMLVideoElement {
  const video = document.createElement("video");
  video.muted = true;
  video.autoplay = true;
  video.playsInline = true;
  video.disablePictureInPicture = true;
  return video;
}
