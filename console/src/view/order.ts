import { lonLat, type ChosenCamera, type LonLat } from "../api/types";
import { movesOn, partOf, type Part } from "../device/part";
import { bearingDeg } from "../place/geometry";

export const kTilesMax = 6;

/** Of the tiles of a target that moves; what one part does not fill goes to those before it, in this order. */
const kShare: readonly (readonly [Part, number])[] = [["now", 3], ["next", 2], ["exit", 1]];
const kParts: readonly Part[] = ["now", "next", "exit", "leaving"];

/**
 * The order of the tiles: by bearing from the place, clockwise from north, as somebody walks round it. Only the best kTilesMax cameras
 * take part, what is permitted before what has gone `dark`; a place without a position keeps the order of the choice. Of a target that moves: those
 * that see it, those that it comes to in the order of arrival, those at its ways out.
 */
export function tileOrder(living: readonly string[], dark: readonly string[], chosen: readonly ChosenCamera[], place: LonLat | null): string[] {
  const byId = new Map(chosen.map((camera) => [camera.id, camera]));
  const byScore = (ids: readonly string[]) =>
    [...ids].sort((a, b) => (byId.get(b)?.score ?? -1) - (byId.get(a)?.score ?? -1) || ids.indexOf(a) - ids.indexOf(b));
  const all = [...byScore(living), ...byScore(dark)];
  const moves = movesOn(chosen);
  const best = moves ? shared(all, (id) => partOf(byId.get(id))) : all.slice(0, kTilesMax);
  if (!place) return best;
  const angle = (id: string): number => {
    const at = lonLat(byId.get(id)?.position);
    return at ? bearingDeg(place, at) : 360;
  };
  const round = (ids: readonly string[]) => [...ids].sort((a, b) => angle(a) - angle(b) || (a < b ? -1 : 1));
  if (!moves) return round(best);
  const seeing = best.filter((id) => partOf(byId.get(id)) === "now");
  return [...round(seeing), ...best.filter((id) => !seeing.includes(id))];
}

/** Each part's share first, then whatever is left, in the order of the parts. */
function shared(ids: readonly string[], part: (id: string) => Part): string[] {
  const taken = new Set(kShare.flatMap(([name, most]) => ids.filter((id) => part(id) === name).slice(0, most)));
  const rest = kParts.flatMap((name) => ids.filter((id) => part(id) === name && !taken.has(id)));
  const filled = new Set([...taken, ...rest.slice(0, kTilesMax - taken.size)]);
  return kParts.flatMap((name) => ids.filter((id) => part(id) === name && filled.has(id)));
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
