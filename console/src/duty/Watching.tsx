import { useEffect, useState } from "react";

import type { Api } from "../api/client";
import type { LitCamera, LitHour, Watch } from "../api/types";
import { useName, useText } from "../ui/i18n";
import { clockOf } from "./duty";

interface Props {
  api: Api;
  change: number;
  /** May see which camera stood before whom. */
  plans: boolean;
}

/** Who watches how many cameras, what nobody watches, the load, and what stood on lit screens by the hour. */
export function Watching({ api, change, plans }: Props) {
  const text = useText();
  const name = useName();
  const [watch, setWatch] = useState<Watch | null>(null);
  const [hours, setHours] = useState<readonly LitHour[]>([]);
  const [open, setOpen] = useState<string | null>(null);
  useEffect(() => {
    let stands = true;
    void api.watch().then((answer) => stands && answer.ok && setWatch(answer.value));
    void api.litHours().then((answer) => stands && answer.ok && setHours(answer.value));
    return () => {
      stands = false;
    };
  }, [api, change]);
  if (!watch) return null;
  const { load, unwatched } = watch;
  const passesOf = (user: string) => watch.passes.filter((pass) => pass.user === user).length;
  const perHead = (value: number | null) => (value === null ? "–" : String(value));
  return (
    <section aria-label={text("watch.title")} data-testid="watching">
      <h3>{text("watch.title")}</h3>
      <ul className="duty-needs">
        <li className={load.perOnDuty !== null && load.perOnDuty > load.limit ? "badge warn" : "badge"}>{text("watch.onDuty", { n: perHead(load.perOnDuty), of: load.limit })}</li>
        <li className={load.perEmployed !== null && load.perEmployed > load.limit ? "badge warn" : "badge"}>{text("watch.employed", { n: perHead(load.perEmployed), of: load.limit })}</li>
        {load.missingPersons > 0 && <li className="badge warn">△ {text("watch.missing", { n: load.missingPersons })}</li>}
        {unwatched.count > 0 && <li className="badge warn" data-testid="unwatched">△ {text("watch.unwatched", { n: unwatched.count, first: unwatched.cameras.slice(0, 3).join(", ") })}</li>}
      </ul>
      <ul className="duty-seats">
        {watch.sets.map((set) => (
          <li key={set.user}>
            <b>{name(set.name ?? undefined, set.user)}</b>
            <span>{text("watch.own", { n: set.own.length })}</span>
            {set.lent.length > 0 && <span>{text("watch.lent", { n: set.lent.length })}</span>}
            <span className="dim">{text("watch.passes", { n: passesOf(set.user) })}</span>
            {set.away && <span className="badge warn">{text("duty.break")}</span>}
          </li>
        ))}
      </ul>
      {hours.length > 0 && <h3>{text("lit.title")}</h3>}
      <ul className="duty-seats" data-testid="lit-hours">
        {hours.map((hour) => (
          <li key={hour.hour}>
            <span>{clockOf(hour.hour)}</span>
            <b>{text("lit.cameras", { n: hour.cameras, of: hour.monitored })}</b>
            <span className="dim">{text("lit.minutes", { n: Math.round(hour.seconds / 60) })}</span>
            {plans && <button type="button" aria-expanded={open === hour.hour} onClick={() => setOpen(open === hour.hour ? null : hour.hour)}>{text("lit.which")}</button>}
            {open === hour.hour && <LitCameras api={api} hour={hour.hour} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function LitCameras({ api, hour }: { api: Api; hour: string }) {
  const text = useText();
  const name = useName();
  const [cameras, setCameras] = useState<readonly LitCamera[]>([]);
  useEffect(() => {
    let stands = true;
    void api.litCameras(hour).then((answer) => stands && answer.ok && setCameras(answer.value));
    return () => {
      stands = false;
    };
  }, [api, hour]);
  return (
    <ul className="lit-cameras">
      {cameras.map((lit) => (
        <li key={`${lit.camera} ${lit.user}`}>
          {lit.camera} <span className="dim">{name(lit.name ?? undefined, lit.user)} {text("lit.seconds", { n: lit.seconds })}</span>
        </li>
      ))}
    </ul>
  );
}
