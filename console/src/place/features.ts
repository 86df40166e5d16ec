import type { Feature, FeatureCollection } from "geojson";

import { lonLat, type Camera, type ChosenCamera, type LonLat } from "../api/types";
import { sector } from "./geometry";

export interface Marks {
  /** The tiles in order; a camera's place in it is its number key. */
  order: readonly string[];
  spot: string | null;
}

/** An incident that has no pin. */
export interface PlainPoint {
  id: string;
  at: LonLat;
  urgent: boolean;
  waiting: boolean;
}

export function incidentPoints(points: readonly PlainPoint[]): FeatureCollection {
  return {
    type: "FeatureCollection",
    features: points.map(({ id, at, urgent, waiting }) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [at[0], at[1]] },
      properties: { id, urgent, waiting },
    })),
  };
}

/** Below this zoom the sectors of cameras that were not chosen are noise. */
export const kSectorZoom = 15;
const kFovDefault = 60;
const kRangeDefault = 60;

type MapCamera = Camera | ChosenCamera;
const stateOf = (camera: MapCamera) => ("state" in camera ? camera.state : camera.live ? "streaming" : "unreachable");
const isFilled = (camera: MapCamera) => stateOf(camera) === "streaming" || stateOf(camera) === "idle";

/** Points of the cameras. Filled: has a picture or can have one at once. Hollow: registered only, or unreachable. */
export function cameraPoints(cameras: Iterable<MapCamera>, marks: Marks): FeatureCollection {
  const features: Feature[] = [];
  for (const camera of cameras) {
    const at = lonLat(camera.position);
    if (!at) continue;
    const place = marks.order.indexOf(camera.id) + 1;
    features.push({
      type: "Feature",
      geometry: { type: "Point", coordinates: [at[0], at[1]] },
      properties: {
        id: camera.id, name: camera.name, state: stateOf(camera), filled: isFilled(camera), chosen: place > 0,
        ...(place > 0 ? { place } : {}),
      },
    });
  }
  return { type: "FeatureCollection", features };
}

/** What the cameras see: the chosen ones always, the others with a picture when the map is near enough. */
export function cameraSectors(cameras: Iterable<MapCamera>, marks: Marks, zoom: number): FeatureCollection {
  const features: Feature[] = [];
  for (const camera of cameras) {
    const at = lonLat(camera.position);
    const chosen = marks.order.includes(camera.id);
    if (!at || (!chosen && (zoom < kSectorZoom || !isFilled(camera)))) continue;
    const ring = sector(at, camera.bearing, camera.fov ?? kFovDefault, camera.range ?? kRangeDefault);
    features.push({
      type: "Feature",
      geometry: { type: "Polygon", coordinates: [ring] },
      properties: { id: camera.id, chosen, spot: camera.id === marks.spot },
    });
  }
  return { type: "FeatureCollection", features };
}
