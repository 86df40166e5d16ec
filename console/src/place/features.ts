import type { Feature, FeatureCollection } from "geojson";

import { lonLat, type Ahead, type Camera, type ChosenCamera, type LonLat } from "../api/types";
import type { Part } from "../device/part";
import { sector } from "./geometry";

export interface Marks {
  /** The tiles in order; a camera's place in it is its number key. */
  order: readonly string[];
  spot: string | null;
  /** Of a target that moves: which cameras see what comes. */
  parts?: ReadonlyMap<string, Part>;
}

/** An incident that has no pin. */
export interface PlainPoint {
  id: string;
  at: LonLat;
  urgent: boolean;
  waiting: boolean;
}

/** Of `points` those in the view and half of it round about; `bbox` as "west,south,east,north", none while nothing is seen. */
export function pointsNear(points: readonly PlainPoint[], bbox: string | null): readonly PlainPoint[] {
  const [west, south, east, north] = (bbox ?? "").split(",").map(Number);
  if (west === undefined || south === undefined || east === undefined || north === undefined) return [];
  const [wide, high] = [(east - west) / 2, (north - south) / 2];
  return points.filter(({ at }) => at[0] >= west - wide && at[0] <= east + wide && at[1] >= south - high && at[1] <= north + high);
}

/** Whether two lists of points are one drawing. */
export const samePoints = (a: readonly PlainPoint[], b: readonly PlainPoint[]): boolean =>
  a.length === b.length &&
  a.every((point, index) => {
    const other = b[index] as PlainPoint;
    return point.id === other.id && point.urgent === other.urgent && point.waiting === other.waiting && point.at[0] === other.at[0] && point.at[1] === other.at[1];
  });

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

const lines = (all: Ahead["reached"], part: string): Feature => ({
  type: "Feature",
  geometry: { type: "MultiLineString", coordinates: all.map((line) => line.map((at) => [...at])) },
  properties: { part },
});

/** Where a target was, where on the roads it can be now and soon, and the ways out that no camera sees. */
export function aheadLines(ahead: Ahead | null): FeatureCollection {
  if (!ahead) return { type: "FeatureCollection", features: [] };
  const trail = ahead.trail.flatMap((point) => { const at = lonLat(point.position); return at ? [[at[0], at[1]]] : []; });
  const points = [...trail.slice(0, -1).map((at) => ({ at, part: "was" })), ...ahead.exits.filter((exit) => !exit.camera).map((exit) => ({ at: [...exit.where], part: "unseen" }))];
  return {
    type: "FeatureCollection",
    features: [
      lines(ahead.coming, "coming"),
      lines(ahead.reached, "reached"),
      ...(trail.length > 1 ? [{ type: "Feature" as const, geometry: { type: "LineString" as const, coordinates: trail }, properties: { part: "trail" } }] : []),
      ...points.map(({ at, part }): Feature => ({ type: "Feature", geometry: { type: "Point", coordinates: at }, properties: { part } })),
    ],
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
        part: marks.parts?.get(camera.id) ?? "now",
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
