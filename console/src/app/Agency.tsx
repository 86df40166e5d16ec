import { lazy, Suspense, useCallback, useMemo, useRef, useState } from "react";

import { lonLat } from "../api/types";
import { PracticeMark } from "../drill/PracticeMark";
import { ChosenCameras } from "../incident/ChosenCameras";
import { practiceOf } from "../incident/incident";
import { IncidentCard } from "../incident/IncidentCard";
import { IncidentQueue } from "../incident/IncidentQueue";
import { compare, neighbour, steps } from "../incident/queue";
import { useCaseService } from "../service/service";
import { ServiceLine } from "../service/ServiceLine";
import { useKeptFocus } from "../ui/focus";
import { useText } from "../ui/i18n";
import { useKeys, type Command } from "../ui/keys";
import { changeLook, isLook } from "../ui/looks";
import { Announcer } from "./Announcer";
import { useDesk, useSeat } from "./context";
import { LoadFailed } from "./Desk";
import { Finder } from "./Finder";
import { usePins } from "./pins";
import { LostBanner, StatusStrip } from "./StatusStrip";
import { among, useFinder } from "./useFinder";
import { useTurning } from "./useTurning";
import { useVideo } from "./useVideo";
import { VideoPanel } from "./VideoPanel";

const MapView = lazy(() => import("../place/MapView").then((module) => ({ default: module.MapView })));
const noChanges = new Map();

/** The page of a linked agency: its own incidents under its own grants, and nothing else. */
export function Agency() {
  const text = useText();
  const { api, model } = useSeat();
  const incidents = useDesk((state) => state.incidents);
  const selectedId = useDesk((state) => state.selected);
  const failed = useDesk((state) => state.failed);
  const loaded = useDesk((state) => state.loaded);
  const stale = useDesk((state) => state.link !== "open");
  const sorted = useMemo(() => [...incidents.values()].sort(compare), [incidents]);
  const incident = selectedId ? (incidents.get(selectedId) ?? null) : null;
  const practice = incident && practiceOf(incident);
  const service = useCaseService(api, incident);
  const video = useVideo(incident);
  const turning = useTurning(video.spot, video.spot ? video.cover.living.get(video.spot) : undefined);
  const [marked, setMarked] = useState<string | null>(null);
  const [help, setHelp] = useState(false);
  const [goTo, setGoTo] = useState(0);
  const order = useRef<readonly string[]>([]);
  const onOrder = useCallback((next: readonly string[]) => {
    order.current = next;
  }, []);
  const open = useCallback((id: string) => model.select(id), [model]);

  const granted = useMemo(
    () => (video.chosen ?? []).filter((camera) => video.order.includes(camera.id)),
    [video.chosen, video.order],
  );
  const findCameras = useMemo(() => among(granted), [granted]);
  const finder = useFinder({ order: video.order, pick: video.pick, findCameras });

  function run(command: Command): boolean {
    if (changeLook(command)) return true;
    switch (command) {
      case "next":
      case "previous":
      case "further":
      case "nearer":
      case "first":
      case "last":
        setMarked((now) => neighbour(order.current, now ?? selectedId, steps[command]));
        return true;
      case "open":
        if (marked && incidents.has(marked)) open(marked);
        return marked !== null;
      case "map":
        setGoTo((count) => count + 1);
        return true;
      case "full":
        if (video.order.length > 0) video.setFull((now) => !now);
        return true;
      case "patrolHold":
      case "ptz":
        return turning.toggle();
      case "back":
        if (finder.palette !== null) finder.close();
        else if (help) setHelp(false);
        else if (turning.open) turning.leave();
        else video.setFull(false);
        return true;
      case "help":
        setHelp(true);
        return true;
      case "palette":
        return finder.open();
      default:
        return command.startsWith("spot") && video.pick(video.order[Number(command.slice("spot".length)) - 1]);
    }
  }
  useKeys(run);
  useKeptFocus();

  const isOffered = (command: Command): boolean => isLook(command) || command === "help" || (command === "map" && incident !== null) || (command === "full" && video.order.length > 0);

  const { pins, points } = usePins(sorted, selectedId);
  const position = incident?.position;
  const place = useMemo(() => lonLat(position), [position?.[0], position?.[1]]);
  return (
    <div className={stale ? "desk agency stale" : "desk agency"}>
      <StatusStrip help={help} onHelp={setHelp} agency />
      <LostBanner />
      {failed && <LoadFailed />}
      {practice && <PracticeMark practice={practice} />}
      <main className={incident ? "with-incident" : ""}>
        <IncidentQueue incidents={incidents} sorted={sorted} selected={selectedId} marked={marked} title={text("queue.own")} onMark={setMarked} onOpen={open} onOrder={onOrder} />
        <Suspense fallback={<section className="panel map"><p className="note map-note">{text("map.loading")}</p></section>}>
          <MapView
            api={api} pins={pins} points={points} chosen={granted} changed={noChanges} marks={video.marks} directory={false}
            place={place} goTo={goTo} look={finder.look} onPin={open} onCamera={(id) => video.order.includes(id) && video.pick(id)}
          />
        </Suspense>
        <div className="side">
          {incident && (
            <IncidentCard incident={incident} acts={[]} busy={false} problem={null} onAct={() => undefined}>
              <ServiceLine known={service} />
              <ChosenCameras cameras={granted} changed={noChanges} order={video.order} spot={video.spot} onSpot={video.pick} />
            </IncidentCard>
          )}
        </div>
        <VideoPanel incident={incident} video={video} turning={turning} empty="agency.none" />
      </main>
      <Announcer incidents={incidents} selected={incident} loaded={loaded} />
      <Finder finder={finder} sorted={sorted} isOffered={isOffered} onCommand={run} onIncident={open} />
      {practice && <PracticeMark practice={practice} foot />}
    </div>
  );
}
