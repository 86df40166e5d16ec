/**
 * Receiving connections with their offers made ahead. Making one costs a browser a quarter of a second or more: the desk spends
 * that while it idles, and an emergency's spot tile finds one ready.
 */

/** A connection that only receives one video track, and the promise of its own description. */
export interface Prepared {
  readonly peer: RTCPeerConnection;
  readonly transceiver: RTCRtpTransceiver;
  /** Rejects when the browser cannot make the offer. */
  readonly described: Promise<void>;
}

/** Kept no longer: it holds on to the network as it was when the offer was made. */
const kSpareLifeMs = 60_000;
/** Pictures are starting when one was taken: the next spare waits until they run. */
const kRefillAfterMs = 5_000;

let spare: Prepared | null = null;
let timer: ReturnType<typeof setTimeout> | null = null;
let kept = false;

function prepare(): Prepared {
  const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  const transceiver = peer.addTransceiver("video", { direction: "recvonly" });
  const described = peer.createOffer().then((offer) => peer.setLocalDescription(offer));
  described.catch(() => undefined); // Whoever takes it hears of it.
  return { peer, transceiver, described };
}

function refill(): void {
  spare?.peer.close();
  spare = prepare();
  schedule(kSpareLifeMs);
}

function schedule(afterMs: number): void {
  if (timer) clearTimeout(timer);
  timer = setTimeout(refill, afterMs);
}

/** From now on one is kept ready; not before somebody may watch. */
export function keepSpare(): void {
  if (kept || typeof RTCPeerConnection === "undefined") return;
  kept = true;
  refill();
}

/** Nobody may watch any more. */
export function dropSpare(): void {
  kept = false;
  if (timer) clearTimeout(timer);
  timer = null;
  spare?.peer.close();
  spare = null;
}

/** The spare one, or a new one when there is none. The caller closes it. */
export function takeConnection(): Prepared {
  const taken = spare ?? prepare();
  spare = null;
  if (kept) schedule(kRefillAfterMs);
  return taken;
}
