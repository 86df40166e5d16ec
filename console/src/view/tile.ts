import type { MessageKey } from "../ui/i18n";

/** LIVE is said only while frames really come. */
export const kLiveAgeMs = 2000;
/** A picture that stands for this long is taken off and asked for anew. */
export const kDeadAgeMs = 4000;

export type BlankReason = Extract<MessageKey, `blank.${string}`>;

/** What the server's word for a camera in H.265 that it cannot make H.264 of is on a tile; null for any other word. */
export function transcodeReason(code: string | undefined): BlankReason | null {
  if (code === "transcode_busy") return "blank.transcodeBusy";
  return code === "transcode_failed" ? "blank.transcodeFailed" : null;
}

/** Why a server's answer over HTTP, a problem document, shows nothing. */
export async function reasonOfAnswer(answer: Response): Promise<BlankReason> {
  const problem = (await answer.json().catch(() => null)) as { type?: string } | null;
  const code = problem?.type?.split("/").pop();
  const transcode = transcodeReason(code);
  if (transcode) return transcode;
  if (answer.status === 503) return "blank.noPicture";
  return code === "codec_unsupported" ? "blank.notServed" : "blank.lost";
}

/** What one tile shows. `live` and `stalled` alone show a picture; every other phase is blank. */
export type Tile =
  | { phase: "waiting" }
  | { phase: "asking" }
  | { phase: "connecting" }
  | { phase: "live" }
  | { phase: "stalled" }
  | { phase: "retry"; reason: BlankReason }
  | { phase: "ended"; reason: BlankReason };

export type TileEvent =
  | { kind: "ask" }
  | { kind: "ticketed" }
  | { kind: "frame" }
  | { kind: "aged"; ageMs: number }
  | { kind: "died"; reason: BlankReason }
  | { kind: "ended"; reason: BlankReason }
  | { kind: "permitted" };

export const showsPicture = (tile: Tile): boolean => tile.phase === "live" || tile.phase === "stalled";

/** The next state of a tile. Pure; `ended` is left only for a better reason, or because the camera is permitted anew. */
export function next(tile: Tile, event: TileEvent): Tile {
  if (event.kind === "ended") return { phase: "ended", reason: event.reason };
  if (tile.phase === "ended") return event.kind === "permitted" ? { phase: "waiting" } : tile;
  switch (event.kind) {
    case "ask":
      // A second session for another size leaves the running picture alone.
      return showsPicture(tile) ? tile : { phase: "asking" };
    case "ticketed":
      return showsPicture(tile) ? tile : { phase: "connecting" };
    case "frame":
      return tile.phase === "live" ? tile : { phase: "live" };
    case "aged":
      return agedTile(tile, event.ageMs);
    case "died":
      return { phase: "retry", reason: event.reason };
    case "permitted":
      return tile;
  }
}

function agedTile(tile: Tile, ageMs: number): Tile {
  if (!showsPicture(tile)) return tile;
  if (ageMs >= kDeadAgeMs) return { phase: "retry", reason: "blank.stalled" };
  if (ageMs >= kLiveAgeMs) return tile.phase === "stalled" ? tile : { phase: "stalled" };
  return tile.phase === "live" ? tile : { phase: "live" };
}
