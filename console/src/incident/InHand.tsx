import type { Incident, User } from "../api/types";
import { clockOf } from "../duty/duty";
import { stayOf, usePersonName, type Seats } from "../duty/people";
import { useText } from "../ui/i18n";
import { isUnderWay, lacksOwner } from "./incident";

interface Props {
  incident: Incident;
  /** Null while it is not known who sits where. */
  seats: Seats | null;
  user: User;
}

/** Whose it is, who commands it, and how often those above were called. */
export function InHand({ incident, seats, user }: Props) {
  const text = useText();
  const named = usePersonName(seats ?? []);
  const { owner, ownedAt, commander, commandedAt, escalation = 0 } = incident;
  const who = (person: string) => (person === user.id ? `${named(person)} (${text("duty.you")})` : named(person));
  const since = (time: string | null | undefined) => time && <span className="dim"> {text("duty.since", { at: clockOf(time) })}</span>;
  const isAway = !!owner && seats !== null && isUnderWay(incident) && !stayOf(seats, owner);
  if (!owner && !commander && !escalation && !lacksOwner(incident)) return null;
  return (
    <dl className="in-hand" data-testid="in-hand">
      {(owner || lacksOwner(incident)) && (
        <div data-testid="owner">
          <dt>{text("incident.owner")}</dt>
          <dd>{owner ? <><b>{who(owner)}</b>{since(ownedAt)}</> : <span className="badge warn">△ {text("incident.noOwner")}</span>}</dd>
          {isAway && <dd className="badge warn" data-testid="owner-away">△ {text("incident.ownerAway")}</dd>}
        </div>
      )}
      {commander && (
        <div data-testid="commander">
          <dt>⚑ {text("incident.commander")}</dt>
          <dd><b>{who(commander)}</b>{since(commandedAt)}</dd>
        </div>
      )}
      {escalation > 0 && (
        <div data-testid="escalation">
          <dt>{text("incident.escalation")}</dt>
          <dd className="badge warn">▲ {text("incident.escalated", { n: escalation })}</dd>
        </div>
      )}
    </dl>
  );
}
