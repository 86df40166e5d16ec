import { lonLat, type ChosenCamera, type LonLat } from "../api/types";
import { bearingDeg } from "../place/geometry";

export const kTilesMax = 6;

/**
 * The order of the tiles: by bearing from the place, clockwise from north, as somebody walks round it. Only the best kTilesMax cameras
 * take part, what is permitted before what has gone `dark`; a place without a position keeps the order of the choice.
 */
export function tileOrder(living: readonly string[], dark: readonly string[], chosen: readonly ChosenCamera[], place: LonLat | null): string[] {
  const byId = new Map(chosen.map((camera) => [camera.id, camera]));
  const byScore = (ids: readonly string[]) =>
    [...ids].sort((a, b) => (byId.get(b)?.score ?? -1) - (byId.get(a)?.score ?? -1) || ids.indexOf(a) - ids.indexOf(b));
  const best = [...byScore(living), ...byScore(dark)].slice(0, kTilesMax);
  if (!place) return best;
  const angle = (id: string): number => {
    const at = lonLat(byId.get(id)?.position);
    return at ? bearingDeg(place, at) : 360;
  };
  return best.sort((a, b) => angle(a) - angle(b) || (a < b ? -1 : 1));
}

/** The camera of `order` that sees the place best. `granted` names the best camera first, so that nobody waits for the scores. */
export function bestCamera(order: readonly string[], granted: readonly string[], chosen: readonly ChosenCamera[]): string | null {
  const score = new Map(chosen.map((camera) => [camera.id, camera.score]));
  let best: string | null = null;
  for (const id of granted) {
    if (!order.includes(id)) continue;
    if (best === null || (score.get(id) ?? -1) > (score.get(best) ?? -1)) best = id;
  }
  return best;
}
