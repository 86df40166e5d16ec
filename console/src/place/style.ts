import type { FeatureCollection } from "geojson";
import type { StyleSpecification } from "maplibre-gl";

import type { Language, Theme } from "../ui/prefs";

export const kFont = ["Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "sans-serif"];

interface Palette {
  ground: string; out: string; park: string; water: string; building: string; lane: string; arterial: string;
  border: string; text: string; halo: string; camera: string; hollow: string; sector: string; chosen: string; bad: string; urgent: string; ahead: string;
}

const palettes: Record<Theme, Palette> = {
  dark: {
    ground: "#202327", out: "#1b1d20", park: "#232b27", water: "#1c2733", building: "#2b2f34", lane: "#30353b", arterial: "#3d434a",
    border: "#4a5159", text: "#a7aeb8", halo: "#17191c", camera: "#aeb6c1", hollow: "#6d7580", sector: "#8f9aa8", chosen: "#f0f3f7", bad: "#e8a33d", urgent: "#ff6b5e", ahead: "#d07a3c",
  },
  light: {
    ground: "#f1f2f3", out: "#e6e8ea", park: "#e1eae2", water: "#d3dfea", building: "#dfe2e5", lane: "#ffffff", arterial: "#ffffff",
    border: "#aab2bb", text: "#4b535d", halo: "#f7f8f9", camera: "#4a5461", hollow: "#8a939e", sector: "#6b7785", chosen: "#12161b", bad: "#b06a00", urgent: "#b3261e", ahead: "#c2621a",
  },
};

const layerIs = (name: string) => ["==", ["get", "layer"], name] as ["==", ["get", string], string];
export const emptyCollection: FeatureCollection = { type: "FeatureCollection", features: [] };

/** The whole style, made here: no glyphs, sprites or tiles come from anywhere but our own server. */
export function mapStyle(theme: Theme, language: Language, base: FeatureCollection): StyleSpecification {
  const c = palettes[theme];
  const street = (classes: string[]) => ["all", layerIs("street"), ["in", ["get", "class"], ["literal", classes]]];
  const label = (id: string, filter: unknown, size: number, minzoom: number) => ({
    id, type: "symbol", source: "base", filter, minzoom,
    layout: { "text-field": language === "en" ? ["coalesce", ["get", "nameEn"], ["get", "name"]] : ["get", "name"], "text-font": kFont, "text-size": size, "text-max-width": 8 },
    paint: { "text-color": c.text, "text-halo-color": c.halo, "text-halo-width": 1.4 },
  });
  const style = {
    version: 8,
    sources: {
      base: { type: "geojson", data: base },
      sectors: { type: "geojson", data: emptyCollection },
      ahead: { type: "geojson", data: emptyCollection },
      cameras: { type: "geojson", data: emptyCollection, promoteId: "id" },
      incidents: { type: "geojson", data: emptyCollection },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": c.out } },
      { id: "district", type: "fill", source: "base", filter: layerIs("district"), paint: { "fill-color": c.ground } },
      { id: "park", type: "fill", source: "base", filter: layerIs("park"), paint: { "fill-color": c.park } },
      { id: "water", type: "fill", source: "base", filter: layerIs("water"), paint: { "fill-color": c.water } },
      { id: "lane", type: "line", source: "base", minzoom: 13, filter: ["all", layerIs("street"), ["!=", ["get", "class"], "arterial"]],
        layout: { "line-cap": "round" }, paint: { "line-color": c.lane, "line-width": ["interpolate", ["linear"], ["zoom"], 13, 0.6, 17, 5] } },
      { id: "arterial", type: "line", source: "base", minzoom: 10, filter: street(["arterial"]),
        layout: { "line-cap": "round" }, paint: { "line-color": c.arterial, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 17, 11] } },
      { id: "building", type: "fill", source: "base", minzoom: 14, filter: layerIs("building"),
        paint: { "fill-color": c.building, "fill-outline-color": c.border, "fill-opacity": 0.8 } },
      { id: "border", type: "line", source: "base", filter: layerIs("district"), paint: { "line-color": c.border, "line-width": 1 } },
      { id: "ahead-coming", type: "line", source: "ahead", filter: ["==", ["get", "part"], "coming"], layout: { "line-cap": "round" },
        paint: { "line-color": c.ahead, "line-width": 3, "line-opacity": 0.45 } },
      { id: "ahead-reached", type: "line", source: "ahead", filter: ["==", ["get", "part"], "reached"], layout: { "line-cap": "round" },
        paint: { "line-color": c.ahead, "line-width": 6, "line-opacity": 0.9 } },
      { id: "ahead-trail", type: "line", source: "ahead", filter: ["==", ["get", "part"], "trail"],
        paint: { "line-color": c.text, "line-width": 1.6, "line-dasharray": [2, 1.5] } },
      { id: "ahead-was", type: "circle", source: "ahead", filter: ["==", ["get", "part"], "was"],
        paint: { "circle-radius": 2.6, "circle-color": c.ground, "circle-stroke-width": 1.2, "circle-stroke-color": c.text } },
      { id: "ahead-unseen", type: "circle", source: "ahead", filter: ["==", ["get", "part"], "unseen"],
        paint: { "circle-radius": 6, "circle-color": "rgba(0,0,0,0)", "circle-stroke-width": 2, "circle-stroke-color": c.bad } },
      { id: "sector", type: "fill", source: "sectors", paint: { "fill-color": ["case", ["get", "chosen"], c.chosen, c.sector],
        "fill-opacity": ["case", ["get", "spot"], 0.22, ["get", "chosen"], 0.05, 0.03] } },
      { id: "sector-line", type: "line", source: "sectors", filter: ["get", "chosen"], paint: { "line-color": c.chosen, "line-width": ["case", ["get", "spot"], 1.6, 0.7], "line-opacity": 0.7 } },
      { id: "camera-hollow", type: "circle", source: "cameras", filter: ["!", ["get", "filled"]],
        paint: { "circle-radius": 3.4, "circle-color": c.ground, "circle-stroke-width": 1.2, "circle-stroke-color": ["case", ["==", ["get", "state"], "unreachable"], c.bad, c.hollow] } },
      { id: "camera", type: "circle", source: "cameras", filter: ["get", "filled"],
        paint: { "circle-radius": ["case", ["get", "chosen"], 6, 4], "circle-color": ["case", ["get", "chosen"], c.chosen, c.camera],
          "circle-stroke-width": ["match", ["get", "part"], ["next", "exit"], 3, 1], "circle-stroke-color": ["match", ["get", "part"], ["next", "exit"], c.ahead, c.halo] } },
      { id: "incident", type: "circle", source: "incidents",
        paint: { "circle-radius": 3.6, "circle-color": ["case", ["get", "waiting"], ["case", ["get", "urgent"], c.urgent, c.bad], c.ground],
          "circle-stroke-width": 1, "circle-stroke-color": ["case", ["get", "waiting"], c.halo, ["get", "urgent"], c.urgent, c.bad] } },
      label("district-name", layerIs("district"), 13, 9),
      label("place-name", layerIs("place"), 12, 12.5),
      label("park-name", layerIs("park"), 11, 13.5),
      { id: "camera-place", type: "symbol", source: "cameras", filter: ["has", "place"],
        layout: { "text-field": ["to-string", ["get", "place"]], "text-font": kFont, "text-size": 13, "text-offset": [0, -1.1], "text-allow-overlap": true },
        paint: { "text-color": c.chosen, "text-halo-color": c.halo, "text-halo-width": 1.8 } },
    ],
  };
  return style as unknown as StyleSpecification;
}
