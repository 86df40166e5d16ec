import { useEffect, useState } from "react";

import type { Api } from "../api/client";
import type { Camera, ChosenCamera } from "../api/types";
import { placeOf, type Moment } from "./replay";

/** A little more than the 1000 m within which cameras are chosen. */
const kAroundDegrees = 0.012;
const kCamerasMax = 5000;

/** "west,south,east,north" round everywhere the incident was; null where it had no position. */
export function boxOf(moments: readonly Moment[]): string | null {
  const places = moments.flatMap(({ entry }) => {
    const at = entry.kind === "incident.opened" || entry.kind === "incident.changed" ? placeOf(entry) : null;
    return at ? [at] : [];
  });
  if (places.length === 0) return null;
  const [lons, lats] = [places.map(([lon]) => lon), places.map(([, lat]) => lat)];
  const edges = [Math.min(...lons) - kAroundDegrees, Math.min(...lats) - kAroundDegrees, Math.max(...lons) + kAroundDegrees, Math.max(...lats) + kAroundDegrees];
  return edges.map((edge) => edge.toFixed(6)).join(",");
}

/** Where and which a camera is; whether it has a picture now says nothing of then. */
function plain(camera: Camera | ChosenCamera): ChosenCamera {
  const { state: _state, cause: _cause, causeCode: _code, ...rest } = camera;
  return { ...rest, live: true, score: 0, reasons: [] };
}

/** The cameras of `ids`, as far as the directory still knows them. */
export function useCameras(api: Api, incident: string, ids: readonly string[], box: string | null): ReadonlyMap<string, ChosenCamera> {
  const [known, setKnown] = useState<ReadonlyMap<string, ChosenCamera>>(new Map());
  const wanted = ids.join(" ");
  useEffect(() => {
    const abort = new AbortController();
    async function read() {
      const last = await api.chosenCameras(incident);
      const found = new Map((last.ok ? last.value : []).map((camera) => [camera.id, plain(camera)]));
      const isWanting = box !== null && ids.some((id) => !found.has(id));
      const around = isWanting ? await api.camerasIn(box, kCamerasMax, abort.signal) : null;
      for (const camera of around?.ok ? (around.value ?? []) : []) if (ids.includes(camera.id) && !found.has(camera.id)) found.set(camera.id, plain(camera));
      if (!abort.signal.aborted) setKnown(found);
    }
    void read();
    return () => abort.abort();
  }, [api, incident, wanted, box]);
  return known;
}
