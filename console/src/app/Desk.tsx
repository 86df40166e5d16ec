import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";

import { lonLat, type ChosenCamera, type FindingKind } from "../api/types";
import { Alarms } from "../alarm/Alarms";
import { cameraTitle } from "../device/camera";
import { plans, sits } from "../duty/duty";
import { Duty } from "../duty/Duty";
import { foundType } from "../duty/finding";
import { FindingDialog } from "../duty/FindingDialog";
import { FindingNote } from "../duty/FindingNote";
import { Results } from "../duty/Results";
import { ShiftLog } from "../duty/ShiftLog";
import { DeadLetters } from "../event/DeadLetters";
import { coversAll } from "../grant/grant";
import { ActDialog } from "../incident/ActDialog";
import { ChosenCameras } from "../incident/ChosenCameras";
import { IncidentCard } from "../incident/IncidentCard";
import { IncidentQueue } from "../incident/IncidentQueue";
import { actsOf, isOpen } from "../incident/incident";
import { alarmOf, compare, neighbour, steps } from "../incident/queue";
import { Timeline } from "../incident/Timeline";
import { useName, useText } from "../ui/i18n";
import { useKeys, type Command } from "../ui/keys";
import { nextScale, toggleLanguage, toggleTheme } from "../ui/prefs";
import { setAlarm, toggleMute } from "../ui/sound";
import { frameOf } from "../view/still";
import { useDesk, useSeat } from "./context";
import { PatrolPanel } from "./PatrolPanel";
import { usePins } from "./pins";
import { LostBanner, StatusStrip } from "./StatusStrip";
import { useActs } from "./useActs";
import { useLit } from "./useLit";
import { usePatrol } from "./usePatrol";
import { useVideo } from "./useVideo";
import { VideoPanel } from "./VideoPanel";

const MapView = lazy(() => import("../place/MapView").then((module) => ({ default: module.MapView })));

const none: readonly ChosenCamera[] = [];

/** The desk of a seat in the centre: queue, map, incident, video. */
export function Desk() {
  const text = useText();
  const name = useName();
  const { api, user, model } = useSeat();
  const incidents = useDesk((state) => state.incidents);
  const selectedId = useDesk((state) => state.selected);
  const changed = useDesk((state) => state.cameras);
  const failed = useDesk((state) => state.failed);
  const sites = useDesk((state) => state.sites);
  const stale = useDesk((state) => state.link !== "open");
  const sorted = useMemo(() => [...incidents.values()].sort(compare), [incidents]);
  const incident = selectedId ? (incidents.get(selectedId) ?? null) : null;
  const video = useVideo(incident);
  const offered = incident ? actsOf(incident, user.role, coversAll(video.cover, video.chosen)) : [];
  const acts = useActs(incident, offered);
  const watching = usePatrol(incident === null);
  useLit();

  const [kinds, setKinds] = useState<readonly FindingKind[]>([]);
  const readKinds = useCallback(() => void api.findingKinds().then((answer) => answer.ok && setKinds(answer.value)), [api]);
  useEffect(readKinds, [readKinds]);
  const [finding, setFinding] = useState<{ camera: string; name: string; frame: HTMLCanvasElement | null } | null>(null);
  /** The spot camera, with the frame that stands in it at this moment. */
  function find(): boolean {
    const camera = incident ? video.spot : watching.patrol && watching.spot;
    if (!camera || !sits(user.role)) return false;
    if (kinds.length === 0) readKinds();
    setFinding({ camera, name: cameraTitle(camera, (incident ? video.chosen : watching.chosen) ?? []), frame: frameOf(camera) });
    return true;
  }

  const [marked, setMarked] = useState<string | null>(null);
  const [help, setHelp] = useState(false);
  const [letters, setLetters] = useState(false);
  const [onDuty, setOnDuty] = useState(false);
  const [onResults, setOnResults] = useState(false);
  const [onLog, setOnLog] = useState(false);
  const [onAlarms, setOnAlarms] = useState(false);
  const alarms = useDesk((state) => state.alarms);
  const duty = useDesk((state) => state.duty);
  const dutyNews = useDesk((state) => state.dutyNews);
  const lettersNews = useDesk((state) => state.deadLettersNews);
  const [goTo, setGoTo] = useState(0);
  const order = useRef<readonly string[]>([]);
  const onOrder = useCallback((next: readonly string[]) => {
    order.current = next;
  }, []);

  const open = useCallback((id: string) => model.select(id), [model]);
  useEffect(() => setAlarm(alarmOf(incidents.values())), [incidents]);
  useEffect(() => () => setAlarm(null), []);

  function run(command: Command): boolean {
    switch (command) {
      case "receive":
      case "act":
      case "note":
      case "close":
      case "cancel":
        return acts.start(command);
      case "openVideo":
        return acts.start("open_video");
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
      case "patrolHold":
        watching.pause();
        return watching.patrol !== null;
      case "patrolSeen":
        void watching.confirm();
        return watching.patrol !== null;
      case "find":
        return find();
      case "full":
        if ((watching.patrol ? watching.order : video.order).length > 0) video.setFull((now) => !now);
        return true;
      case "letters":
        setLetters(true);
        return true;
      case "alarms":
        setOnAlarms(true);
        return true;
      case "duty":
        setOnDuty(true);
        return true;
      case "results":
        setOnResults(plans(user.role));
        return plans(user.role);
      case "log":
        setOnLog(true);
        return true;
      case "back":
        return back();
      case "help":
        setHelp(true);
        return true;
      case "language":
        toggleLanguage();
        return true;
      case "theme":
        toggleTheme();
        return true;
      case "scale":
        nextScale();
        return true;
      case "mute":
        toggleMute();
        return true;
      default:
        return (watching.patrol ? watching : video).pick((watching.patrol ? watching : video).order[Number(command.slice("spot".length)) - 1]);
    }
  }

  /** Esc leaves the innermost thing: sheet, dialog, full picture, incident. */
  function back(): boolean {
    if (help) setHelp(false);
    else if (finding) setFinding(null);
    else if (letters) setLetters(false);
    else if (onDuty) setOnDuty(false);
    else if (onLog) setOnLog(false);
    else if (onResults) setOnResults(false);
    else if (onAlarms) setOnAlarms(false);
    else if (acts.dialog) acts.closeDialog();
    else if (video.full) video.setFull(false);
    else model.select(null);
    return true;
  }
  useKeys(run);

  const grants = useDesk((state) => state.grants);
  const purposes = useMemo(() => new Map([...grants.values()].map((grant) => [grant.purpose, grant.purposeName])), [grants]);
  const purposeOf = (code: string) => name(purposes.get(code), code);
  const siteName = name(sites.find((site) => site.id === incident?.site)?.name, incident?.site ?? "");
  const { pins, points } = usePins(sorted, selectedId);
  const position = incident?.position;
  const place = useMemo(() => lonLat(position), [position?.[0], position?.[1]]);
  return (
    <div className={stale ? "desk stale" : "desk"}>
      <StatusStrip help={help} onHelp={setHelp} onLetters={() => setLetters(true)} onDuty={() => setOnDuty(true)} onAlarms={() => setOnAlarms(true)} />
      <LostBanner />
      {failed && <LoadFailed />}
      <main className={incident ? "with-incident" : watching.patrol ? "with-patrol" : ""}>
        <IncidentQueue incidents={incidents} sorted={sorted} selected={selectedId} marked={marked} title={text("queue.title")} onMark={setMarked} onOpen={open} onOrder={onOrder} />
        <Suspense fallback={<section className="panel map"><p className="note map-note">{text("map.loading")}</p></section>}>
          <MapView
            api={api} pins={pins} points={points} chosen={video.chosen ?? none} changed={changed} marks={video.marks} directory
            place={place} goTo={goTo} onPin={open} onCamera={(id) => video.order.includes(id) && video.pick(id)}
          />
        </Suspense>
        <div className="side">
          {incident ? (
            <IncidentCard incident={incident} siteName={siteName} acts={offered} busy={acts.busy} problem={acts.problem} onAct={acts.start}>
              {incident.type === foundType && <FindingNote key={incident.id} api={api} incident={incident.id} open={isOpen(incident)} seats={duty?.seats ?? []} />}
              <ChosenCameras cameras={video.chosen} changed={changed} order={video.order} spot={video.spot} onSpot={video.pick} />
              <Timeline api={api} incident={incident} change={acts.done} purposeOf={purposeOf} />
            </IncidentCard>
          ) : (
            <section className="panel card empty" aria-label={text("region.incident")}>
              <p>{text("incident.none")}</p>
              <p className="dim small">{text("incident.noneHint")}</p>
            </section>
          )}
        </div>
        {watching.patrol ? (
          <PatrolPanel watching={watching} deps={video.deps} losses={video.losses} full={video.full} onFull={() => video.setFull((now) => !now)} onFind={find} />
        ) : (
          <VideoPanel incident={incident} video={video} empty="video.none" />
        )}
      </main>
      {letters && <DeadLetters api={api} role={user.role} change={lettersNews} onClose={() => setLetters(false)} />}
      {onDuty && <Duty api={api} user={user} duty={duty} change={dutyNews} onChange={() => void model.readDuty()} onClose={() => setOnDuty(false)} onDoor={(door) => {
        setOnDuty(false);
        if (door === "log") setOnLog(true);
        else setOnResults(true);
      }} />}
      {onResults && duty && <Results api={api} duty={duty} onClose={() => setOnResults(false)} />}
      {onLog && duty && <ShiftLog api={api} user={user} duty={duty} change={dutyNews} onClose={() => setOnLog(false)} onOpen={(id) => {
        setOnLog(false);
        open(id);
      }} />}
      {onAlarms && <Alarms api={api} alarms={alarms} sites={sites} onChange={() => void model.readAlarms()} onClose={() => setOnAlarms(false)} />}
      {finding && <FindingDialog api={api} camera={finding.camera} name={finding.name} frame={finding.frame} kinds={kinds} onClose={() => setFinding(null)} onFound={(found) => {
        setFinding(null);
        model.select(found.incident);
      }} />}
      {acts.dialog && <ActDialog act={acts.dialog} busy={acts.busy} onSubmit={(act) => void acts.run(act)} onClose={acts.closeDialog} />}
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
