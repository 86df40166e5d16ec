import type { CameraState, ChosenCamera } from "../api/types";
import { isMessageKey, type MessageKey, type Translate } from "../ui/i18n";

export const cameraStateKey = (state: CameraState): MessageKey => `camera.${state}`;

/** The short number that people say on the phone: the local id without its leading zeros' site. */
export function cameraNumber(id: string): string {
  const dash = id.indexOf("-");
  return dash < 0 ? id : id.slice(dash + 1);
}

/** Name and number of a camera whose details may not have come yet. */
export function cameraTitle(id: string, chosen: readonly ChosenCamera[]): string {
  return chosen.find((camera) => camera.id === id)?.name ?? id;
}

/**
 * What is wrong with a camera: a word, and a sentence with what the machine said of it. Null where nothing is. A code that
 * this page does not know is told by its words alone.
 */
export function causeText(camera: { cause?: string; causeCode?: string }, text: Translate): { word: string; more: string } | null {
  const { cause = "", causeCode } = camera;
  const word = `cause.${causeCode ?? ""}`;
  const more = `${word}.more`;
  if (!isMessageKey(word) || !isMessageKey(more)) return cause === "" ? null : { word: cause, more: cause };
  return { word: text(word), more: cause === "" ? text(more) : `${text(more)} (${cause})` };
}
