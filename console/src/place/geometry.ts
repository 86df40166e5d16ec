import type { LonLat } from "../api/types";

const kMetresPerDegree = 111_320;
const rad = (degrees: number) => (degrees * Math.PI) / 180;

/** Degrees clockwise from north, [0, 360), seen from `from`. Flat-earth: right to a degree within a city. */
export function bearingDeg(from: LonLat, to: LonLat): number {
  const east = (to[0] - from[0]) * Math.cos(rad(from[1]));
  const north = to[1] - from[1];
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

/** The point `metres` away from `from` under `bearing`. */
export function offset(from: LonLat, bearing: number, metres: number): LonLat {
  const degrees = metres / kMetresPerDegree;
  return [
    from[0] + (degrees * Math.sin(rad(bearing))) / Math.cos(rad(from[1])),
    from[1] + degrees * Math.cos(rad(bearing)),
  ];
}

/** The ground that a camera sees: a closed ring for a GeoJSON polygon. `fov` in degrees, `range` in metres. */
export function sector(at: LonLat, bearing: number, fov: number, range: number): [number, number][] {
  const span = Math.min(Math.max(fov, 1), 360);
  const steps = Math.max(2, Math.ceil(span / 10));
  const arc = Array.from({ length: steps + 1 }, (_, step) => {
    const [lon, lat] = offset(at, bearing - span / 2 + (span * step) / steps, range);
    return [lon, lat] as [number, number];
  });
  const apex: [number, number] = [at[0], at[1]];
  return span >= 360 ? [...arc, arc[0] as [number, number]] : [apex, ...arc, apex];
}
