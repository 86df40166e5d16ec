import { lazy, Suspense, useMemo } from "react";

import type { Api } from "../api/client";
import type { Camera, ChosenCamera, Incident } from "../api/types";
import { typeTitle } from "../incident/incident";
import type { Pin } from "../place/cityMap";
import type { PlainPoint } from "../place/features";
import { useName, useText } from "../ui/i18n";
import type { Scene } from "./replay";

const MapView = lazy(() => import("../place/MapView").then((module) => ({ default: module.MapView })));
const noPoints: readonly PlainPoint[] = [];
const noChanges: ReadonlyMap<string, Camera> = new Map();
const nothing = () => undefined;

interface Props {
  api: Api;
  incident: Incident;
  scene: Scene;
  cameras: ReadonlyMap<string, ChosenCamera>;
}

/** Where the incident was then, and the cameras that were chosen then: no other ones, whose states are of now. */
export function SceneMap({ api, incident, scene, cameras }: Props) {
  const text = useText();
  const name = useName();
  const label = typeTitle(incident, name(incident.typeName, incident.type), text("incident.unknown"));
  const { position, grade, state } = scene;
  const pins = useMemo(
    (): readonly Pin[] => (position ? [{ id: incident.id, at: position, label, urgent: grade === "10", waiting: state === "new", selected: true }] : []),
    [incident.id, position?.[0], position?.[1], label, grade, state],
  );
  const chosen = useMemo(() => scene.cameras.flatMap((id) => cameras.get(id) ?? []), [scene.cameras, cameras]);
  const marks = useMemo(() => ({ order: scene.cameras, spot: null }), [scene.cameras]);
  return (
    <Suspense fallback={<section className="panel map"><p className="note map-note">{text("map.loading")}</p></section>}>
      <MapView api={api} pins={pins} points={noPoints} chosen={chosen} changed={noChanges} marks={marks} directory={false} place={position} goTo={0} onPin={nothing} onCamera={nothing} />
    </Suspense>
  );
}
