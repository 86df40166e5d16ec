import type { CameraState, ChosenCamera } from "../api/types";
import type { MessageKey } from "../ui/i18n";

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
