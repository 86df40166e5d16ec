import "maplibre-gl/dist/maplibre-gl.css";

import type { FeatureCollection } from "geojson";
import { Map as GlMap, Marker, NavigationControl, ScaleControl, setWorkerUrl, type GeoJSONSource } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";

import type { LonLat } from "../api/types";
import type { Language, Theme } from "../ui/prefs";
import { mapStyle } from "./style";

setWorkerUrl(workerUrl);

export interface Pin {
  id: string;
  at: LonLat;
  label: string;
  urgent: boolean;
  waiting: boolean;
  selected: boolean;
  /** How old its place is, once that is too old to be where it is. */
  age?: string | undefined;
}

export interface CityMapEvents {
  /** The view came to rest: "west,south,east,north" and the zoom. */
  onView: (bbox: string, zoom: number) => void;
  onPin: (id: string) => void;
  onCamera: (id: string) => void;
}

const kCity: [number, number] = [126.99, 37.55];
const kSettleMs = 250;
/** An incident's first pictures come before the map's new drawing, which costs a machine without a GPU a second; its pin stands at once. */
const kAfterPicturesMs = 1500;
const kPlaceZoom = 17;
/** Room for a camera's number above its dot, and for the note and the buttons at the edges. */
const kPlacePadding = { top: 40, bottom: 28, left: 28, right: 28 };
const kNearDegrees = 0.0005;
/** Without a GPU a drawing holds the whole page up: what changes meanwhile is drawn together, after this many times as long a rest … */
const kRestShare = 4;
/** … which is no shorter and no longer than this. */
const kRestLeastMs = 100;
const kRestMostMs = 2000;
/** A map that nobody sees may never come to rest. */
const kDrawnWithinMs = 4000;

/** The box with the place in its middle that holds all of `around`. */
function boxRound(at: LonLat, around: readonly LonLat[]): [[number, number], [number, number]] {
  const east = Math.max(kNearDegrees, ...around.map((each) => Math.abs(each[0] - at[0])));
  const north = Math.max(kNearDegrees, ...around.map((each) => Math.abs(each[1] - at[1])));
  return [[at[0] - east, at[1] - north], [at[0] + east, at[1] + north]];
}

const samePin = (a: Pin, b: Pin): boolean =>
  a.at[0] === b.at[0] && a.at[1] === b.at[1] && a.label === b.label && a.urgent === b.urgent && a.waiting === b.waiting && a.selected === b.selected && a.age === b.age;

/** The map, outside React. Owns the canvas in `host` until `dispose`. */
export class CityMap {
  private readonly map_: GlMap;
  private readonly pins_ = new Map<string, { marker: Marker; shown: Pin }>();
  /** Where the desk sent the map; forgotten once a person moves it. */
  private target_: LonLat | null = null;
  private around_: readonly LonLat[] = [];
  private settling_: ReturnType<typeof setTimeout> | null = null;
  private readonly data_ = new Map<string, FeatureCollection>();
  /** What has changed since the last drawing began. */
  private readonly changed_ = new Set<string>();
  private resting_: ReturnType<typeof setTimeout> | null = null;

  constructor(
    host: HTMLElement,
    private readonly base_: FeatureCollection,
    theme: Theme,
    language: Language,
    private readonly events_: CityMapEvents,
  ) {
    this.map_ = new GlMap({
      container: host, style: mapStyle(theme, language, base_), center: kCity, zoom: 10.6, minZoom: 9, maxZoom: 19,
      attributionControl: false, dragRotate: false, pitchWithRotate: false, fadeDuration: 0,
    });
    this.map_.touchZoomRotate.disableRotation();
    this.map_.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
    this.map_.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    this.map_.on("load", () => this.viewed());
    this.map_.on("movestart", (event) => {
      if (event.originalEvent) this.target_ = null;
    });
    this.map_.on("moveend", () => this.viewed());
    this.map_.on("styledata", () => this.data_.forEach((data, source) => this.push(source, data)));
    const clicked = { camera: this.events_.onCamera, "camera-hollow": this.events_.onCamera, incident: this.events_.onPin };
    for (const [layer, act] of Object.entries(clicked)) {
      this.map_.on("click", layer, (event) => {
        const id: unknown = event.features?.[0]?.properties.id;
        if (typeof id === "string") act(id);
      });
    }
  }

  dispose(): void {
    if (this.settling_) clearTimeout(this.settling_);
    if (this.resting_) clearTimeout(this.resting_);
    this.pins_.forEach(({ marker }) => marker.remove());
    this.map_.remove();
  }

  setLook(theme: Theme, language: Language): void {
    this.map_.setStyle(mapStyle(theme, language, this.base_), { diff: true });
    this.data_.forEach((data, source) => this.push(source, data));
  }

  set(source: "cameras" | "sectors" | "incidents" | "ahead", data: FeatureCollection): void {
    this.data_.set(source, data);
    this.changed_.add(source);
    // Callers set several in turn: they are one drawing.
    this.resting_ ??= setTimeout(() => this.draw(), 0);
  }

  private draw(): void {
    const begun = performance.now();
    for (const source of this.changed_) this.push(source, this.data_.get(source) as FeatureCollection);
    this.changed_.clear();
    const drawn = () => {
      this.map_.off("idle", idle);
      if (this.resting_) clearTimeout(this.resting_);
      const rest = Math.min(Math.max((performance.now() - begun) * kRestShare, kRestLeastMs), kRestMostMs);
      this.resting_ = setTimeout(() => {
        this.resting_ = null;
        if (this.changed_.size > 0) this.draw();
      }, rest);
    };
    // The frame after: the last drawing's pixels have gone out.
    const idle = () => void requestAnimationFrame(drawn);
    this.map_.once("idle", idle);
    this.resting_ = setTimeout(drawn, kDrawnWithinMs);
  }

  /** Goes to a place, so near that the streets round it are seen, and so far that `around` is too. */
  goTo(at: LonLat, around: readonly LonLat[]): void {
    this.aim(at, around, kSettleMs);
  }

  /** The same for an incident that opens by itself: not before its pictures had their time. */
  goToAfterPictures(at: LonLat, around: readonly LonLat[]): void {
    this.aim(at, around, kAfterPicturesMs);
  }

  /** What is to be seen round the place has changed. A map that a person has moved stays where it is. */
  lookAround(around: readonly LonLat[]): void {
    if (this.target_) this.goToAfterPictures(this.target_, around);
  }

  /** The panel changed its size: what was in the middle stays there. */
  resize(): void {
    this.settleAfter(kSettleMs);
  }

  private aim(at: LonLat, around: readonly LonLat[], afterMs: number): void {
    this.target_ = at;
    this.around_ = around;
    if (this.settling_ && afterMs === kSettleMs) {
      clearTimeout(this.settling_); // A person asked: no waiting.
      this.settling_ = null;
    }
    this.settleAfter(afterMs);
  }

  /** One drawing for a new size, a new place and its cameras: an incident that opens brings all three, and its pictures start then. */
  private settleAfter(ms: number): void {
    this.settling_ ??= setTimeout(() => {
      this.settling_ = null;
      this.map_.resize();
      if (!this.target_) return;
      this.map_.fitBounds(boxRound(this.target_, this.around_), { padding: kPlacePadding, maxZoom: kPlaceZoom, duration: 0 });
    }, ms);
  }

  setPins(pins: readonly Pin[]): void {
    const wanted = new Set(pins.map((pin) => pin.id));
    for (const [id, { marker }] of this.pins_) {
      if (wanted.has(id)) continue;
      marker.remove();
      this.pins_.delete(id);
    }
    for (const pin of pins) this.putPin(pin);
  }

  private putPin(pin: Pin): void {
    const known = this.pins_.get(pin.id);
    if (known && samePin(known.shown, pin)) return;
    let marker = known?.marker;
    if (!marker) {
      const button = document.createElement("button");
      button.type = "button";
      button.addEventListener("click", (event) => {
        event.stopPropagation();
        this.events_.onPin(pin.id);
      });
      marker = new Marker({ element: button }).setLngLat([pin.at[0], pin.at[1]]).addTo(this.map_);
    } else {
      marker.setLngLat([pin.at[0], pin.at[1]]);
    }
    this.pins_.set(pin.id, { marker, shown: pin });
    const button = marker.getElement();
    for (const name of ["urgent", "waiting", "selected"] as const) button.classList.toggle(name, pin[name]);
    button.classList.add("pin");
    button.textContent = (pin.urgent ? "▲" : "◆") + (pin.age ? ` ${pin.age}` : "");
    button.classList.toggle("old", pin.age !== undefined);
    button.setAttribute("aria-label", pin.label);
    button.title = pin.label;
    button.dataset.incident = pin.id;
  }

  private push(source: string, data: FeatureCollection): void {
    this.map_.getSource<GeoJSONSource>(source)?.setData(data);
  }

  private viewed(): void {
    const box = this.map_.getBounds();
    const numbers = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
    this.events_.onView(numbers.map((degrees) => degrees.toFixed(6)).join(","), this.map_.getZoom());
  }
}
