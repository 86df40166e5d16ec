import type { Incident } from "../api/types";
import { stateKey, typeTitle } from "../incident/incident";
import { useName, useText } from "../ui/i18n";
import { keyBindings, type Command } from "../ui/keys";
import { Palette } from "./Palette";
import { incidentOffer, type Offer } from "./palette";
import type { useFinder } from "./useFinder";

interface Props {
  finder: ReturnType<typeof useFinder>;
  /** In the order of the queue. */
  sorted: readonly Incident[];
  /** What would do something now, and is no movement. */
  isOffered: (command: Command) => boolean;
  onCommand: (command: Command) => void;
  onIncident: (id: string) => void;
}

/** What is said of a camera that was called, and the palette while it is open. */
export function Finder({ finder, sorted, isOffered, onCommand, onIncident }: Props) {
  const text = useText();
  const name = useName();
  const commands = (): Offer[] =>
    keyBindings.filter(({ command }) => isOffered(command)).map(({ command, label, params, shown }) => ({ kind: "command", id: command, title: text(label, params), detail: shown }));
  const incidents = (): Offer[] =>
    sorted.map((incident) => incidentOffer(incident, typeTitle(incident, name(incident.typeName, incident.type), text("incident.unknown")), text(stateKey(incident.state))));

  function take(offer: Offer) {
    if (offer.kind === "command") onCommand(offer.id);
    else if (offer.kind === "incident") onIncident(offer.id);
    else finder.show(offer.camera);
  }

  return (
    <>
      <p className="call-up" role="status" data-testid="call-up">{finder.said}</p>
      {finder.palette !== null && <Palette initial={finder.palette} commands={commands()} incidents={incidents()} findCameras={finder.findCameras} onTake={take} onClose={finder.close} />}
    </>
  );
}
