import { Alarms } from "../alarm/Alarms";
import type { Role } from "../api/types";
import { Drills } from "../drill/Drills";
import { plans } from "../duty/duty";
import { Duty } from "../duty/Duty";
import { Results } from "../duty/Results";
import { ShiftLog } from "../duty/ShiftLog";
import { DeadLetters } from "../event/DeadLetters";
import { Holds } from "../hold/Holds";
import { isWaiting } from "../incident/incident";
import { Replay } from "../replay/Replay";
import { Services } from "../service/Services";
import type { Command } from "../ui/keys";
import { useDesk, useSeat } from "./context";

/** What opens over the desk; each has a key of its name. */
const doors = ["help", "letters", "duty", "results", "log", "alarms", "holds", "drills", "services", "replay"] as const;
export type Door = (typeof doors)[number];
export const isDoor = (command: Command): command is Door => (doors as readonly Command[]).includes(command);

/** The results are for who plans. */
export const mayOpen = (door: Door, role: Role): boolean => door !== "results" || plans(role);

interface Props {
  door: Door | null;
  onDoor: (door: Door | null) => void;
  onOpen: (incident: string) => void;
}

/** The dialog that is open over the desk; the sheet of keys is the strip's. */
export function Doors({ door, onDoor, onOpen }: Props) {
  const { api, user, model } = useSeat();
  const alarms = useDesk((state) => state.alarms);
  const sites = useDesk((state) => state.sites);
  const duty = useDesk((state) => state.duty);
  const dutyNews = useDesk((state) => state.dutyNews);
  const lettersNews = useDesk((state) => state.deadLettersNews);
  const incidents = useDesk((state) => state.incidents);
  const selected = useDesk((state) => state.selected);
  const grants = useDesk((state) => state.grants);
  const aheadMs = useDesk((state) => state.serverAheadMs);
  const incident = selected ? incidents.get(selected) : undefined;
  const close = () => onDoor(null);
  const openIncident = (id: string) => {
    close();
    onOpen(id);
  };
  switch (door) {
    case "letters":
      return <DeadLetters api={api} role={user.role} change={lettersNews} onClose={close} />;
    case "duty":
      return <Duty api={api} user={user} duty={duty} change={dutyNews} onChange={() => void model.readDuty()} onClose={close} onDoor={onDoor} />;
    case "results":
      return duty && <Results api={api} duty={duty} onClose={close} />;
    case "log":
      return duty && <ShiftLog api={api} user={user} duty={duty} change={dutyNews} onClose={close} onOpen={openIncident} />;
    case "alarms":
      return <Alarms api={api} alarms={alarms} sites={sites} onChange={() => void model.readAlarms()} onClose={close} />;
    case "holds":
      return <Holds api={api} user={user} seats={duty?.seats ?? []} incidents={incidents} onOpen={openIncident} onClose={close} />;
    case "drills":
      return <Drills api={api} user={user} seats={duty?.seats ?? []} incidents={incidents} onOpen={openIncident} onClose={close} />;
    case "services":
      return <Services api={api} user={user} seats={duty?.seats ?? []} onClose={close} />;
    case "replay":
      return incident && <Replay api={api} user={user} incident={incident} seats={duty?.seats ?? []} grants={grants} aheadMs={aheadMs} waiting={[...incidents.values()].filter(isWaiting).length} onDrills={() => onDoor("drills")} onClose={close} />;
    default:
      return null;
  }
}
