import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";

import { lonLat, type ChosenCamera } from "../api/types";
import { PracticeMark } from "../drill/PracticeMark";
import { FindingDialog } from "../duty/FindingDialog";
import { coversAll } from "../grant/grant";
import { IncidentQueue } from "../incident/IncidentQueue";
import { actsOf, handActsOf, practiceOf, type CardAct } from "../incident/incident";
import { useAhead } from "../incident/useAhead";
import { alarmOf, compare, neighbour, steps } from "../incident/queue";
import { useProcedure } from "../incident/useProcedure";
import { useKeptFocus } from "../ui/focus";
import { useText } from "../ui/i18n";
import { useKeys, type Command } from "../ui/keys";
import { changeLook, isLook } from "../ui/looks";
import { useSlow } from "../ui/slow";
import { setAlarm, toggleMute } from "../ui/sound";
import { Announcer } from "./Announcer";
import { useDesk, useSeat } from "./context";
import { Doors, isDoor, mayOpen, type Door } from "./Doors";
import { Finder } from "./Finder";
import { IncidentSide } from "./IncidentSide";
import { PatrolPanel } from "./PatrolPanel";
import { usePins } from "./pins";
import { LostBanner, StatusStrip } from "./StatusStrip";
import { useActs } from "./useActs";
import { inDirectory, useFinder } from "./useFinder";
import { useFinding } from "./useFinding";
import { useLit } from "./useLit";
import { usePatrol } from "./usePatrol";
import { useTurning } from "./useTurning";
import { useVideo } from "./useVideo";
import { VideoPanel } from "./VideoPanel";

const MapView = lazy(() => import("../place/MapView").then((module) => ({ default: module.MapView })));

const none: readonly ChosenCamera[] = [];
/** The pin goes along at once; the roads round it are a drawing of the whole map, which costs a machine without a GPU its pictures. */
const kAheadEveryMs = 20_000;

/** The acts that a key starts: the first that is offered. */
const actsOfKey: Partial<Record<Command, readonly CardAct[]>> = {
  receive: ["receive"], act: ["act"], note: ["note"], close: ["close"], cancel: ["cancel"], openVideo: ["open_video"],
  handOver: ["hand_over"], takeOver: ["take_over"], command: ["command", "yield_command"], hold: ["request_hold"], merge: ["merge"],
};

/** The desk of a seat in the centre: queue, map, incident, video. */
export function Desk() {
  const text = useText();
  const { api, user, model } = useSeat();
  const incidents = useDesk((state) => state.incidents);
  const selectedId = useDesk((state) => state.selected);
  const changed = useDesk((state) => state.cameras);
  const failed = useDesk((state) => state.failed);
  const loaded = useDesk((state) => state.loaded);
  const seats = useDesk((state) => state.duty)?.seats ?? [];
  const stale = useDesk((state) => state.link !== "open");
  const sorted = useMemo(() => [...incidents.values()].sort(compare), [incidents]);
  const incident = selectedId ? (incidents.get(selectedId) ?? null) : null;
  const video = useVideo(incident);
  const offered = incident ? actsOf(incident, user.role, coversAll(video.cover, video.chosen)) : [];
  const handActs = incident ? handActsOf(incident, user, seats) : [];
  const practice = incident && practiceOf(incident);
  const work = useProcedure(api, incident, user.role);
  const acts = useActs(incident, [...offered, ...handActs], work.procedure);
  const watching = usePatrol(incident === null);
  const inView = watching.patrol ? watching : video;
  const turning = useTurning(inView.spot, inView.spot ? inView.cover.living.get(inView.spot) : undefined);
  const finding = useFinding(video, watching, incident !== null);
  useLit();
  const screen = watching.patrol ? watching : video;
  const findCameras = useMemo(() => inDirectory(api), [api]);
  const finder = useFinder({ order: screen.order, pick: screen.pick, findCameras });

  const [marked, setMarked] = useState<string | null>(null);
  const [door, setDoor] = useState<Door | null>(null);
  const [goTo, setGoTo] = useState(0);
  const order = useRef<readonly string[]>([]);
  const onOrder = useCallback((next: readonly string[]) => {
    order.current = next;
  }, []);

  const open = useCallback((id: string) => model.select(id), [model]);
  useEffect(() => setAlarm(alarmOf(incidents.values())), [incidents]);
  useEffect(() => () => setAlarm(null), []);
  // A record is played of the incident for which it was asked.
  useEffect(() => setDoor((now) => (now === "replay" ? null : now)), [selectedId]);

  function run(command: Command): boolean {
    // It covers the desk: what is not seen is not worked on.
    if (door === "replay" && command !== "back") return false;
    if (isDoor(command)) return openDoor(command);
    if (changeLook(command)) return true;
    const keyActs = actsOfKey[command];
    if (keyActs) return keyActs.some((act) => acts.start(act));
    switch (command) {
      case "step":
        return work.begin();
      case "skipStep":
        return work.askReason();
      case "heard":
        return work.heard();
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
      case "patrolOn":
      case "patrolBack":
        watching.step(command === "patrolOn" ? 1 : -1);
        return watching.patrol !== null;
      case "patrolHold":  // One key: without a patrol there is nothing to hold.
        if (!watching.patrol) return turning.toggle();
        watching.pause();
        return true;
      case "ptz":
        return turning.toggle();
      case "patrolSeen":
        void watching.confirm();
        return watching.patrol !== null;
      case "find":
        return finding.find();
      case "palette":
        return finder.open();
      case "full":
        if (screen.order.length > 0) video.setFull((now) => !now);
        return true;
      case "back":
        return back();
      case "mute":
        toggleMute();
        return true;
      default:
        return screen.pick(screen.order[Number(command.slice("spot".length)) - 1]);
    }
  }

  function openDoor(next: Door): boolean {
    if (!mayOpen(next, user.role) || (next === "replay" && !incident)) return false;
    setDoor(next);
    return true;
  }

  /** Esc leaves the innermost thing: dialog, answers, full picture, incident. */
  function back(): boolean {
    if (finder.palette !== null) finder.close();
    else if (door) setDoor(null);
    else if (finding.seen) finding.close();
    else if (acts.dialog) acts.closeDialog();
    else if (work.open) work.close();
    else if (turning.open) turning.leave();
    else if (video.full) video.setFull(false);
    else model.select(null);
    return true;
  }
  useKeys(run);
  useKeptFocus();

  /** Whether the palette offers it: what would do something now, and is no movement. */
  function isOffered(command: Command): boolean {
    if (isDoor(command)) return mayOpen(command, user.role) && (command !== "replay" || incident !== null);
    const keyActs = actsOfKey[command];
    if (keyActs) return keyActs.some((act) => offered.includes(act) || (handActs as readonly CardAct[]).includes(act));
    switch (command) {
      case "map":
        return incident !== null;
      case "full":
        return screen.order.length > 0;
      case "patrolHold":
        return watching.patrol !== null;
      case "find":
        return finding.isOffered;
      default:
        return isLook(command) || command === "mute";
    }
  }

  const { ahead, age } = useAhead(api, incident);
  const drawn = useSlow(ahead, kAheadEveryMs);
  const { pins, points } = usePins(sorted, selectedId, age);
  const position = incident?.position;
  const place = useMemo(() => lonLat(position), [position?.[0], position?.[1]]);
  return (
    <div className={stale ? "desk stale" : "desk"}>
      <StatusStrip help={door === "help"} onHelp={(help) => setDoor(help ? "help" : null)} onLetters={() => setDoor("letters")} onDuty={() => setDoor("duty")} onAlarms={() => setDoor("alarms")} />
      <LostBanner />
      {failed && <LoadFailed />}
      {practice && <PracticeMark practice={practice} />}
      <main className={incident ? "with-incident" : watching.patrol ? "with-patrol" : ""}>
        <IncidentQueue incidents={incidents} sorted={sorted} selected={selectedId} marked={marked} title={text("queue.title")} seats={seats} onMark={setMarked} onOpen={open} onOrder={onOrder} />
        <Suspense fallback={<section className="panel map"><p className="note map-note">{text("map.loading")}</p></section>}>
          <MapView
            api={api} pins={pins} points={points} chosen={video.chosen ?? none} changed={changed} marks={video.marks} ahead={drawn && drawn.incident === selectedId ? drawn : null} directory
            place={place} goTo={goTo} look={finder.look} onPin={open} onCamera={(id) => video.order.includes(id) && video.pick(id)}
          />
        </Suspense>
        <div className="side">
          {incident ? (
            <IncidentSide incident={incident} offered={offered} handActs={handActs} acts={acts} work={work} video={video} ahead={ahead} onReplay={() => openDoor("replay")} />
          ) : (
            <section className="panel card empty" aria-label={text("region.incident")}>
              <p>{text("incident.none")}</p>
              <p className="dim small">{text("incident.noneHint")}</p>
            </section>
          )}
        </div>
        {watching.patrol ? (
          <PatrolPanel watching={watching} turning={turning} deps={video.deps} losses={video.losses} full={video.full} onFull={() => video.setFull((now) => !now)} onFind={finding.find} />
        ) : (
          <VideoPanel incident={incident} video={video} turning={turning} empty="video.none" />
        )}
      </main>
      {practice && <PracticeMark practice={practice} foot />}
      <Announcer incidents={incidents} selected={incident} loaded={loaded} did={acts.did} />
      <Finder finder={finder} sorted={sorted} isOffered={isOffered} onCommand={run} onIncident={open} />
      <Doors door={door} onDoor={setDoor} onOpen={open} />
      {finding.seen && <FindingDialog api={api} camera={finding.seen.camera} name={finding.seen.name} frame={finding.seen.frame} kinds={finding.kinds} onClose={finding.close} onFound={(found) => {
        finding.close();
        open(found.incident);
      }} />}
    </div>
  );
}

export function LoadFailed() {
  const text = useText();
  const { model } = useSeat();
  return (
    <p className="banner" role="alert">
      {text("load.failed")} <button type="button" onClick={() => void model.reload()}>{text("load.retry")}</button>
    </p>
  );
}
