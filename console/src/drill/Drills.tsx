import { useEffect, useRef, useState } from "react";

import type { Api } from "../api/client";
import type { Drill, Incident, User } from "../api/types";
import { plans } from "../duty/duty";
import { useAnyName, type Seats } from "../duty/people";
import { typeTitle } from "../incident/incident";
import { Dialog } from "../ui/Dialog";
import { useName, useText } from "../ui/i18n";
import { kstDateTime, parseTime } from "../ui/time";
import { openedBy, shapes, stateOf } from "./drill";
import { useDrills } from "./useDrills";

interface Props {
  api: Api;
  user: User;
  seats: Seats;
  /** Those that the desk knows: the others have a number alone. */
  incidents: ReadonlyMap<string, Incident>;
  onOpen: (incident: string) => void;
  onClose: () => void;
}

/** Recorded incidents that are or were told once more, the newest first. */
export function Drills({ api, user, seats, incidents, onOpen, onClose }: Props) {
  const text = useText();
  const named = useAnyName(api, user.role, seats);
  const { drills, unread, refused, busy, stop } = useDrills(api);
  const [stopping, setStopping] = useState<string | null>(null);
  const box = useRef<HTMLDivElement>(null);

  async function doStop(id: string) {
    if (busy || !(await stop(id))) return;
    setStopping(null);
    // The buttons that had the focus are gone.
    box.current?.focus();
  }
  return (
    <Dialog title={text("drill.title")} onClose={onClose} wide>
      <div ref={box} className="duty" data-testid="drills" data-first tabIndex={-1}>
        {refused && <p role="alert" className="form-error">{text("drill.refused", { detail: refused })}</p>}
        {unread && <p role="alert" className="form-error">{text("drill.unread", { detail: unread })}</p>}
        {drills?.length === 0 && <p className="note">{text("drill.none")}</p>}
        <ul className="duty-seats" aria-label={text("drill.title")}>
          {drills?.map((drill) => (
            <Row key={drill.id} drill={drill} incidents={incidents} named={named} busy={busy} mayStop={plans(user.role)} stopping={stopping === drill.id}
              onStopping={() => setStopping(stopping === drill.id ? null : drill.id)} onStop={() => void doStop(drill.id)} onOpen={onOpen} />
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

interface RowProps {
  drill: Drill;
  incidents: ReadonlyMap<string, Incident>;
  named: (actor: string) => string;
  busy: boolean;
  mayStop: boolean;
  stopping: boolean;
  onStopping: () => void;
  onStop: () => void;
  onOpen: (incident: string) => void;
}

function Row({ drill, incidents, named, busy, mayStop, stopping, onStopping, onStop, onOpen }: RowProps) {
  const text = useText();
  const name = useName();
  const asking = useRef<HTMLButtonElement>(null);
  const state = stateOf(drill);
  const opened = openedBy(drill, incidents);
  // What it opened has the same words, and is known for longer.
  const told = incidents.get(drill.incident) ?? opened;
  const at = (time: string | null) => kstDateTime(parseTime(time));
  function onBack() {
    onStopping();
    asking.current?.focus();
  }
  return (
    <li data-drill={drill.id} data-incident={drill.incident} data-state={state} data-told={drill.told}>
      <span>{shapes[state]} {text(`drill.state.${state}`)}</span>
      <b>{told?.place || `…${drill.incident.slice(-4)}`}</b>
      {told && <span>{typeTitle(told, name(told.typeName, told.type), text("incident.unknown"))}</span>}
      <span>{text("drill.toldOf", { n: drill.told, of: drill.steps })} · {text("drill.times", { n: drill.speed })}</span>
      <span className="dim">{text("drill.by", { at: at(drill.begunAt), who: named(drill.begunBy) })}</span>
      {state === "stopped" && <span className="dim">{text("drill.stoppedBy", { at: at(drill.endedAt), who: named(drill.endedBy ?? "") })}</span>}
      {state === "told" && <span className="dim">{text("drill.endedAt", { at: at(drill.endedAt) })}</span>}
      {opened && <button type="button" onClick={() => onOpen(opened.id)}>{text("brief.openIt")}</button>}
      {state === "running" && mayStop && <button ref={asking} type="button" aria-expanded={stopping} onClick={onStopping} data-act="stop-drill">{text("drill.stop")}</button>}
      {state === "running" && stopping && <Stop busy={busy} onStop={onStop} onBack={onBack} />}
    </li>
  );
}

/** Asked once more: it takes a crew's incidents away. */
function Stop({ busy, onStop, onBack }: { busy: boolean; onStop: () => void; onBack: () => void }) {
  const text = useText();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  return (
    <div className="act-form crew-form" role="group" aria-label={text("drill.doStop")}>
      <p role="alert">{text("drill.stopHow")}</p>
      <footer>
        <button type="button" onClick={onBack}>{text("act.back")}</button>
        <button ref={button} type="button" className="warn-button" aria-disabled={busy} onClick={onStop}>{text("drill.doStop")}</button>
      </footer>
    </div>
  );
}
