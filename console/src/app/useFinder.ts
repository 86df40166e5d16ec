import { useCallback, useEffect, useRef, useState } from "react";

import type { Api } from "../api/client";
import { lonLat, type LonLat } from "../api/types";
import { cameraNumber } from "../device/camera";
import { finds, folded } from "../ui/hangul";
import { useText } from "../ui/i18n";
import { calledBy, type FoundCamera } from "./palette";
import { useCallUp } from "./useCallUp";

/** How long is said what became of a call. */
const kSaidMs = 6000;
/** As many as the server puts on one page. */
const kPageMax = 1000;

export type FindCameras = (query: string, signal?: AbortSignal) => Promise<readonly FoundCamera[] | null>;

/** All cameras of the directory, as the server finds them. */
export const inDirectory = (api: Api): FindCameras => async (query, signal) => {
  const found = await api.camerasBy(query, kPageMax, signal);
  return found.ok ? found.value : null;
};
/** An agency's own ones: it may ask for no others. */
export const among = (cameras: readonly FoundCamera[]): FindCameras => async (query) => cameras.filter(({ id, name }) => finds(folded(query), `${name} ${id}`));

interface Screen {
  /** The tiles that stand on the screen: what there is a grant for. */
  order: readonly string[];
  pick: (camera: string | undefined) => boolean;
  findCameras: FindCameras;
}

/** Going to a camera by its name or number: to the spot where there is a grant for it, else to its place on the map. No picture comes of it by itself. */
export function useFinder({ order, pick, findCameras }: Screen) {
  const text = useText();
  const [palette, setPalette] = useState<string | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const [look, setLook] = useState<{ at: LonLat; n: number } | null>(null);
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(null), kSaidMs);
    return () => clearTimeout(timer);
  }, [said]);

  const show = (camera: FoundCamera) => {
    const words = { name: camera.name, number: cameraNumber(camera.id) };
    const isShown = order.includes(camera.id) && pick(camera.id);
    const at = isShown ? null : lonLat(camera.position);
    if (at) setLook((before) => ({ at, n: (before?.n ?? 0) + 1 }));
    setSaid(text(isShown ? "call.spot" : "call.map", words));
  };

  const asking = useRef(0);
  async function call(digits: string) {
    const mine = ++asking.current;
    setSaid(null);
    const found = await findCameras(digits);
    if (mine !== asking.current) return;
    if (found === null) return setSaid(text("call.failed", { n: digits }));
    const [first, ...others] = calledBy(digits, found, order);
    if (!first) setSaid(text("call.none", { n: digits }));
    else if (others.length > 0) setPalette(digits);
    else show(first);
  }
  const typed = useCallUp((digits) => void call(digits));

  const open = useCallback(() => {
    setPalette("");
    return true;
  }, []);
  return { palette, open, close: () => setPalette(null), show, look, findCameras, said: typed ? text("call.typed", { n: typed }) : said };
}
