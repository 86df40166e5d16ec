import { useCallback, useEffect, useState } from "react";

import type { FindingKind } from "../api/types";
import { cameraTitle } from "../device/camera";
import { sits } from "../duty/duty";
import { frameOf } from "../view/still";
import { useSeat } from "./context";
import type { usePatrol } from "./usePatrol";
import type { useVideo } from "./useVideo";

/** A finding in the making: the spot camera, with the frame that stood in it when it was called. */
export interface Seen {
  camera: string;
  name: string;
  frame: HTMLCanvasElement | null;
}

/** What is found on the large picture, of the open incident or of the patrol. */
export function useFinding(video: ReturnType<typeof useVideo>, watching: ReturnType<typeof usePatrol>, hasIncident: boolean) {
  const { api, user } = useSeat();
  const [kinds, setKinds] = useState<readonly FindingKind[]>([]);
  const readKinds = useCallback(() => void api.findingKinds().then((answer) => answer.ok && setKinds(answer.value)), [api]);
  useEffect(readKinds, [readKinds]);
  const [seen, setSeen] = useState<Seen | null>(null);

  const camera = hasIncident ? video.spot : watching.patrol && watching.spot;
  const isOffered = !!camera && sits(user.role);
  function find(): boolean {
    if (!camera || !isOffered) return false;
    if (kinds.length === 0) readKinds();
    setSeen({ camera, name: cameraTitle(camera, (hasIncident ? video.chosen : watching.chosen) ?? []), frame: frameOf(camera) });
    return true;
  }
  return { seen, kinds, isOffered, find, close: () => setSeen(null) };
}
