import { useMemo, useState } from "react";

import type { Api } from "../api/client";
import type { Drill, Grant, Incident, User } from "../api/types";
import { BeginDrill } from "../drill/BeginDrill";
import { plans } from "../duty/duty";
import type { Seats } from "../duty/people";
import { typeTitle } from "../incident/incident";
import { Dialog } from "../ui/Dialog";
import { useName, useText } from "../ui/i18n";
import { Axis } from "./axis";
import { Controls } from "./Controls";
import { useReplayKeys } from "./keys";
import { Lines } from "./Lines";
import { chosenIn, countAt, sceneOf } from "./replay";
import { SceneMap } from "./SceneMap";
import { ScenePanel } from "./ScenePanel";
import { boxOf, useCameras } from "./useCameras";
import { usePlayhead } from "./usePlayhead";
import { useRecord, type Known } from "./useRecord";
import { useWords } from "./useWords";
import { watchesAt, watchesOf } from "./watches";

interface Props {
  api: Api;
  user: User;
  incident: Incident;
  seats: Seats;
  grants: ReadonlyMap<string, Grant>;
  /** How far the server's clock is ahead of this page's. */
  aheadMs: number;
  /** How many wait at the desk behind it now. */
  waiting: number;
  /** To the list of drills. */
  onDrills: () => void;
  onClose: () => void;
}

/** What was done about an incident, as it was done: its record played on a page that nobody can take for now. */
export function Replay(props: Props) {
  const { api, user, incident, aheadMs, waiting, onDrills, onClose } = props;
  const text = useText();
  const name = useName();
  const { known, failed, retry } = useRecord(api, incident, aheadMs);
  const [asks, setAsks] = useState(false);
  const [begun, setBegun] = useState<Drill | null>(null);
  const askForDrill = plans(user.role) ? () => setAsks(true) : undefined;
  function onBegun(drill: Drill): void {
    setAsks(false);
    setBegun(drill);
  }
  const what = typeTitle(incident, name(incident.typeName, incident.type), text("incident.unknown"));
  return (
    <>
      <Dialog title={`${text("replay.mark")} – ${what}`} onClose={onClose} full>
        <div className="replay" data-testid="replay" data-incident={incident.id}>
          <p className="replay-note">
            <span>{text("replay.noVideo")}</span>
            {waiting > 0 && <b className="badge urgent" role="status" data-testid="replay-waiting">▲ {text("replay.waiting", { n: waiting })}</b>}
            {begun && <Begun drill={begun} onDrills={onDrills} />}
            {askForDrill && <button type="button" className="quiet" aria-haspopup="dialog" onClick={askForDrill} data-act="drill">{text("drill.begin")} <kbd>T</kbd></button>}
            <button type="button" className="quiet" onClick={onClose}>{text("replay.leave")} <kbd>Esc</kbd></button>
          </p>
          {failed && <p role="alert" className="form-error">{text("replay.failed", { detail: failed })} <button type="button" onClick={retry}>{text("load.retry")}</button></p>}
          {known && known.moments.length > 0 ? <Player {...props} known={known} isCovered={asks} onDrill={askForDrill} /> : !failed && <p className="note">{text("replay.reading")}</p>}
          <p className="replay-foot" aria-hidden="true">{text("replay.mark")}</p>
        </div>
      </Dialog>
      {asks && <BeginDrill api={api} incident={incident} onBegun={onBegun} onClose={() => setAsks(false)} />}
    </>
  );
}

/** That it runs, and the way to where it is stopped. */
function Begun({ drill, onDrills }: { drill: Drill; onDrills: () => void }) {
  const text = useText();
  return (
    <span role="status" data-testid="drill-begun" data-drill={drill.id}>
      ✓ {text("drill.begun", { n: drill.steps, speed: drill.speed })} <button type="button" onClick={onDrills}>{text("drill.title")}</button>
    </span>
  );
}

interface PlayerProps extends Props {
  known: Known;
  isCovered: boolean;
  /** Missing for who may begin none. */
  onDrill: (() => void) | undefined;
}

function Player({ api, user, incident, seats, grants, known, isCovered, onDrill }: PlayerProps) {
  const { moments, until } = known;
  const [skips, setSkips] = useState(true);
  const axis = useMemo(() => new Axis([...moments.map(({ at }) => at), until], skips), [moments, until, skips]);
  const head = usePlayhead(axis, moments);
  const words = useWords({ api, user, incident: incident.id, seats, grants });
  const watches = useMemo(() => watchesOf(moments, incident.id), [moments, incident.id]);
  const cameraIds = useMemo(() => {
    const chosen = moments.flatMap(({ entry }) => (entry.kind === "cameras.chosen" ? chosenIn(entry) : []));
    return [...new Set([...chosen, ...watches.map(({ camera }) => camera)])];
  }, [moments, watches]);
  const box = useMemo(() => boxOf(moments), [moments]);
  const cameras = useCameras(api, incident.id, cameraIds, box);

  const count = countAt(moments, head.time);
  const scene = useMemo(() => sceneOf(moments.slice(0, count), incident.id), [moments, count, incident.id]);
  const entries = useMemo(() => moments.slice(0, count).map(({ entry }) => entry), [moments, count]);

  function goToEntry(seq: number): void {
    const moment = moments.find(({ entry }) => entry.seq === seq);
    if (moment) head.goTo(moment.at);
  }
  function toggleSkips(): void {
    head.run("skips");
    setSkips(!skips);
  }
  useReplayKeys((command) => {
    if (command === "skips") toggleSkips();
    else if (command === "drill") onDrill?.();
    else head.run(command);
  }, isCovered);
  return (
    <>
      <Controls axis={axis} moments={moments} head={head} skips={skips} onSkips={toggleSkips} />
      <div className="replay-body">
        <ScenePanel scene={scene} time={head.time} watches={watchesAt(watches, head.time)} cameras={cameras} home={user.agency ?? ""} words={words} />
        <SceneMap api={api} incident={incident} scene={scene} cameras={cameras} />
        <Lines entries={entries} words={words} onGo={goToEntry} />
      </div>
    </>
  );
}
