import type { Camera, Incident } from "../api/types";
import { cameraNumber } from "../device/camera";
import { finds, folded } from "../ui/hangul";
import type { Command } from "../ui/keys";

/** A thing that the palette offers, with the words by which it is found. */
export type Offer =
  | { kind: "command"; id: Command; title: string; detail: string }
  | { kind: "incident"; id: string; title: string; detail: string }
  | { kind: "camera"; id: string; title: string; detail: string; camera: FoundCamera };

export type FoundCamera = Pick<Camera, "id" | "name" | "position">;

/** Of each kind at most so many are shown: what stands further down is found by another letter. */
export const kShownMax = 8;
/** What the server takes as a query. */
const kQueryMax = 100;

/** The number by which people call a camera: the digits at the end of its id, without the zeros before them. */
export function calledNumber(id: string): string | null {
  const digits = /(\d+)$/.exec(cameraNumber(id))?.[1];
  return digits === undefined ? null : String(Number(digits));
}

/** Of `cameras` those that `digits` call: the tiles on the screen before all others. */
export function calledBy<C extends { id: string }>(digits: string, cameras: readonly C[], order: readonly string[]): C[] {
  const number = String(Number(digits));
  const called = cameras.filter(({ id }) => calledNumber(id) === number);
  const shown = called.filter(({ id }) => order.includes(id));
  return shown.length > 0 ? shown : called;
}

/** What the server is asked for; null where it would find everything or refuse. */
export function cameraQuery(query: string): string | null {
  const asked = folded(query.replace(/\p{Cc}/gu, " "));
  return asked === "" ? null : [...asked].slice(0, kQueryMax).join("");
}

/** The offers that `query` finds, commands first; a number finds cameras first, those that it calls before those that it is a part of. */
export function offered(query: string, commands: readonly Offer[], incidents: readonly Offer[], cameras: readonly Offer[]): Offer[] {
  const asked = folded(query);
  const found = (offers: readonly Offer[]) => offers.filter(({ title, detail }) => asked === "" || finds(asked, `${title} ${detail}`)).slice(0, kShownMax);
  const isNumber = /^\d+$/.test(asked);
  // What the server found, it found by its own rule: an id, whose site is not among the words that are shown.
  const called = isNumber ? calledBy(asked, cameras, []) : [];
  const shown = asked === "" ? [] : [...called, ...cameras.filter((camera) => !called.includes(camera))].slice(0, kShownMax);
  return isNumber ? [...shown, ...found(incidents), ...found(commands)] : [...found(commands), ...found(incidents), ...shown];
}

/** What an incident is found by. */
export const incidentOffer = ({ id, place, number = "", sender = "" }: Incident, title: string, state: string): Offer => ({
  kind: "incident", id, title: `${title} ${place}`.trim(), detail: [state, sender, number].filter(Boolean).join(" · "),
});
export const cameraOffer = (camera: FoundCamera): Offer => ({ kind: "camera", id: camera.id, title: camera.name, detail: cameraNumber(camera.id), camera });
