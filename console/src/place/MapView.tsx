import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import type { Api } from "../api/client";
import { lonLat, type Ahead, type Camera, type ChosenCamera, type LonLat } from "../api/types";
import { cameraStateKey } from "../device/camera";
import { useText } from "../ui/i18n";
import { usePrefs } from "../ui/prefs";
import { useSlow } from "../ui/slow";
import { CityMap, type Pin } from "./cityMap";
import { aheadLines, cameraPoints, cameraSectors, incidentPoints, pointsNear, samePoints, type Marks, type PlainPoint } from "./features";

const kCamerasMax = 3000;
const kReadAfterMs = 250;
/** Each drawing of the cameras costs a machine without a GPU a good part of a second. */
const kDrawEveryMs = 500;
const none: readonly Camera[] = [];

interface Props {
  api: Api;
  pins: readonly Pin[];
  /** The open incidents without a pin. */
  points: readonly PlainPoint[];
  /** The cameras of the open incident: shown whatever the view holds. */
  chosen: readonly ChosenCamera[];
  /** Newer states of cameras than the map has read. */
  changed: ReadonlyMap<string, Camera>;
  marks: Marks;
  /** Where the target of the open incident may be; none while that is not known. */
  ahead?: Ahead | null;
  /** An agency's map shows its own cameras and asks for no others. */
  directory: boolean;
  place: LonLat | null;
  /** Changes when the map should go to the place again. */
  goTo: number;
  /** Where somebody asked to look, anew with each `n`. */
  look?: { at: LonLat; n: number } | null;
  onPin: (id: string) => void;
  onCamera: (id: string) => void;
}

/** The map with its cameras. Loaded lazily: the library is the largest part of the page. */
export function MapView({ api, pins, points, chosen, changed, marks, ahead = null, directory, place, goTo, look = null, onPin, onCamera }: Props) {
  const text = useText();
  const host = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  const [view, setView] = useState<{ bbox: string; zoom: number } | null>(null);
  const map = useCityMap(host, api, setView, setFailed, { onPin, onCamera });
  const { read, stale, limited } = useDirectory(api, directory ? (view?.bbox ?? null) : null);

  const news = useSlow(changed, kDrawEveryMs);
  const cameras = useMemo(() => {
    const all = new Map<string, Camera | ChosenCamera>(read.map((camera) => [camera.id, { ...camera, ...news.get(camera.id) }]));
    for (const camera of chosen) if (!all.has(camera.id)) all.set(camera.id, camera);
    return all;
  }, [read, chosen, news]);

  useEffect(() => map?.setPins(pins), [map, pins]);
  // A map that was sent to an incident shows a street: what comes elsewhere in the city is not worth a drawing of it.
  const near = useRef<readonly PlainPoint[]>([]);
  const nearNow = useMemo(() => pointsNear(points, view?.bbox ?? null), [points, view?.bbox]);
  if (!samePoints(near.current, nearNow)) near.current = nearNow;
  const shownPoints = near.current;
  useEffect(() => map?.set("incidents", incidentPoints(shownPoints)), [map, shownPoints]);
  useEffect(() => map?.set("ahead", aheadLines(ahead)), [map, ahead]);
  useEffect(() => map?.set("cameras", cameraPoints(cameras.values(), marks)), [map, cameras, marks]);
  const zoom = view?.zoom ?? 0;
  useEffect(() => map?.set("sectors", cameraSectors(cameras.values(), marks, zoom)), [map, cameras, marks, zoom]);
  const around = useMemo(
    () => chosen.filter((camera) => marks.order.includes(camera.id)).flatMap((camera) => { const at = lonLat(camera.position); return at ? [at] : []; }),
    [chosen, marks.order],
  );
  const asked = useRef(goTo);
  // Before the browser lays the page out anew: the panel's new size must not be drawn by itself.
  useLayoutEffect(() => {
    const byHand = asked.current !== goTo;
    asked.current = goTo;
    if (!map || !place) return;
    if (byHand) map.goTo(place, around);
    else map.goToAfterPictures(place, around);
  }, [map, place?.[0], place?.[1], goTo]);
  useEffect(() => {
    if (look) map?.goTo(look.at, []);
  }, [map, look]);
  useEffect(() => map?.lookAround(around), [map, String(around)]);

  const note = limited ? "map.limited" : "map.shown";
  return (
    <section className="panel map" aria-label={text("region.map")} data-own-arrows>
      <div ref={host} className="map-canvas" data-testid="map" data-cameras={cameras.size} />
      {failed && <p className="note map-note">{text("map.failed")}</p>}
      {!failed && !map && <p className="note map-note">{text("map.loading")}</p>}
      <div className="map-foot">
        {stale && <span className="stale">△ {text("map.stale")}</span>}
        <details>
          <summary>{text("map.legend")}</summary>
          <ul>
            <li><i className="dot chosen" /> {text("map.chosen")}</li>
            <li><i className="dot" /> {text(cameraStateKey("streaming"))} · {text(cameraStateKey("idle"))}</li>
            <li><i className="dot hollow" /> {text(cameraStateKey("not_connected"))}</li>
            <li><i className="dot bad" /> {text(cameraStateKey("unreachable"))}</li>
            <li><i className="shape">▲</i> {text("grade.10")} · ◆ {text("grade.20")}</li>
            {ahead && <li><i className="dash reached" /> {text("map.reached")} · <i className="dash coming" /> {text("map.coming", { s: ahead.horizonS })}</li>}
            {ahead && <li><i className="dot ahead" /> {text("map.ahead")} · <i className="dot unseen" /> {text("map.unseen")}</li>}
            {points.length > 0 && <li><i className="dot incident" /> {text("map.points", { n: points.length })}</li>}
          </ul>
        </details>
        <span className="dim">{text(note, { n: limited ? kCamerasMax : cameras.size })}</span>
      </div>
    </section>
  );
}

type Handlers = Pick<Props, "onPin" | "onCamera">;

function useCityMap(
  host: React.RefObject<HTMLDivElement | null>,
  api: Api,
  onView: (view: { bbox: string; zoom: number }) => void,
  onFailed: (failed: boolean) => void,
  handlers: Handlers,
): CityMap | null {
  const { theme, language } = usePrefs();
  const [map, setMap] = useState<CityMap | null>(null);
  const latest = useRef(handlers);
  latest.current = handlers;
  const look = `${theme} ${language}`;
  const shown = useRef(look);

  useEffect(() => {
    let made: CityMap | null = null;
    let gone = false;
    let observer: ResizeObserver | null = null;
    void api.baseMap().then((base) => {
      if (gone || !host.current) return;
      if (!base.ok) return onFailed(true);
      try {
        made = new CityMap(host.current, base.value, theme, language, {
          onView: (bbox, zoom) => onView({ bbox, zoom }),
          onPin: (id) => latest.current.onPin(id),
          onCamera: (id) => latest.current.onCamera(id),
        });
      } catch {
        return onFailed(true); // No WebGL: everything else on the desk still works.
      }
      observer = new ResizeObserver(() => made?.resize());
      observer.observe(host.current);
      setMap(made);
    });
    return () => {
      gone = true;
      observer?.disconnect();
      made?.dispose();
    };
  }, [api, host, onView, onFailed]);

  useEffect(() => {
    if (!map || shown.current === look) return;
    shown.current = look;
    map.setLook(theme, language);
  }, [map, look]);
  return map;
}

/** The cameras of the view, none where they are more than kCamerasMax, read anew when the view comes to rest. */
function useDirectory(api: Api, bbox: string | null): { read: readonly Camera[]; stale: boolean; limited: boolean } {
  const [read, setRead] = useState<readonly Camera[]>([]);
  const [stale, setStale] = useState(false);
  const [limited, setLimited] = useState(false);
  useEffect(() => {
    if (!bbox) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      void api.camerasIn(bbox, kCamerasMax, abort.signal).then((answer) => {
        if (abort.signal.aborted) return;
        setStale(!answer.ok);
        if (!answer.ok) return;
        setLimited(answer.value === null);
        setRead(answer.value ?? none);
      });
    }, kReadAfterMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, bbox]);
  return { read, stale, limited };
}
