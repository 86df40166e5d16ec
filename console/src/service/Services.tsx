import { useCallback, useEffect, useRef, useState, type FormEvent } from "react";

import type { Api } from "../api/client";
import type { Service, ServiceFigures, ServiceTimes, User } from "../api/types";
import { usePersonName, type Seats } from "../duty/people";
import { Dialog } from "../ui/Dialog";
import { useName, useText } from "../ui/i18n";
import { kstDateTime, parseTime } from "../ui/time";
import { declares, isInForce, shareWithin, spanText } from "./service";

interface Props {
  api: Api;
  user: User;
  seats: Seats;
  onClose: () => void;
}

const kDays = 30;

/** The linked services: what is declared, since when it is in force, and what became of their cases. */
export function Services({ api, user, seats, onClose }: Props) {
  const text = useText();
  const [services, setServices] = useState<readonly Service[] | null>(null);
  const [figures, setFigures] = useState<readonly ServiceFigures[]>([]);
  const [said, setSaid] = useState("");
  const [refused, setRefused] = useState("");

  const read = useCallback(async () => {
    const [list, counted] = await Promise.all([api.services(), api.serviceStatistics(kDays)]);
    if (list.ok) setServices(list.value);
    else setRefused(list.error.detail);
    if (counted.ok) setFigures(counted.value);
  }, [api]);
  useEffect(() => void read(), [read]);

  async function reload(reason: string) {
    setRefused("");
    setSaid("");
    const answer = await api.reloadServices(reason);
    if (answer.ok) setSaid(text("service.reloaded", { added: answer.value.added.length, changed: answer.value.changed.length, removed: answer.value.removed.length }));
    else setRefused(answer.error.detail);
    await read();
  }

  return (
    <Dialog title={text("service.title")} onClose={onClose} wide>
      <div className="duty services" data-testid="services" data-first tabIndex={-1}>
        {refused && <p role="alert" className="form-error">{refused}</p>}
        <p role="status">{said}</p>
        <ul className="duty-seats" aria-label={text("service.title")}>
          {services?.map((service) => <Row key={service.key} service={service} figures={figures.find((one) => one.service === service.key)} seats={seats} />)}
        </ul>
        {declares(user.role) && <Reload onReload={reload} />}
      </div>
    </Dialog>
  );
}

function Row({ service, figures, seats }: { service: Service; figures: ServiceFigures | undefined; seats: Seats }) {
  const text = useText();
  const name = useName();
  const named = usePersonName(seats);
  return (
    <li data-service={service.key} data-life={service.life} className={isInForce(service) ? "" : "dim"}>
      <details>
        <summary>
          <b>{name(service.name, service.key)}</b> <span className="badge">{text(`service.life.${service.life}`)}</span>
          {figures && <span> {text("service.cases", { n: figures.opened, days: kDays })}</span>}
        </summary>
        <dl className="facts">
          <Fact label={text("service.types")}>{service.types.map((type) => (type.name ? `${type.id} ${name(type.name, "")}` : type.id)).join(", ")}</Fact>
          <Fact label={text("service.senders")}>{service.senders.map((code) => `${code}…`).join(", ")}</Fact>
          {service.purposes.map((purpose) => (
            <Fact key={purpose.key} label={name(purpose.name, purpose.key)}>
              {purpose.basis} · {text("service.lends", { n: purpose.cameras, m: purpose.radiusM, minutes: purpose.minutes })}
            </Fact>
          ))}
          {service.codes.length > 0 && <Fact label={text("service.codes")}>{service.codes.map((code) => `${code.code}: ${text(`service.decision.${code.decision}`)}`).join(" · ")}</Fact>}
          {service.sop && <Fact label={text("service.sop")}>{name(service.sop.name, service.sop.key)} ({service.sop.version})</Fact>}
          {service.desk.length > 0 && <Fact label={text("service.desk")}>{service.desk.map((role) => text(`role.${role}`)).join(", ")}</Fact>}
          {service.since && <Fact label={text("service.since")}>{kstDateTime(parseTime(service.since))} · {service.by?.startsWith("site:") ? text("service.atStart") : named(service.by ?? "")} · {text("service.version", { n: service.version })}</Fact>}
          {figures && <Figures service={service} figures={figures} />}
        </dl>
      </details>
    </li>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return <div><dt>{label}</dt><dd>{children}</dd></div>;
}

function Figures({ service, figures }: { service: Service; figures: ServiceFigures }) {
  const text = useText();
  const name = useName();
  const results = Object.entries(figures.results).map(([key, n]) => `${name(service.results.find((one) => one.key === key)?.name, key)} ${n}`);
  return (
    <>
      <Fact label={text("service.picture")}><Span times={figures.picture} /></Fact>
      <Fact label={text("service.seen")}><Span times={figures.seen} /></Fact>
      <Fact label={text("service.arrival")}><Span times={figures.arrival} withShares /></Fact>
      <Fact label={text("service.helped")}>{figures.helped.of === 0 ? text("service.notMeasured") : text("service.share", { n: figures.helped.n, of: figures.helped.of })}</Fact>
      {results.length > 0 && <Fact label={text("service.results")}>{results.join(" · ")}</Fact>}
      {figures.refused > 0 && <Fact label={text("service.refusedCases")}>{figures.refused}</Fact>}
    </>
  );
}

function Span({ times, withShares }: { times: ServiceTimes; withShares?: boolean }) {
  const text = useText();
  if (times.n === 0) return <>{text("service.notMeasured")}</>;
  return (
    <>
      {text("service.span", { p50: spanText(times.p50S, text), p90: spanText(times.p90S, text), n: times.n, not: times.notMeasured })}
      {withShares && <> · {text("service.within", { five: shareWithin(times, 5) ?? 0, seven: shareWithin(times, 7) ?? 0 })}</>}
    </>
  );
}

function Reload({ onReload }: { onReload: (reason: string) => Promise<void> }) {
  const text = useText();
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  async function submit(event: FormEvent) {
    event.preventDefault();
    const reason = field.current?.value.trim() ?? "";
    setMissing(!reason);
    if (!reason) return;
    setBusy(true);
    await onReload(reason);
    setBusy(false);
  }
  return (
    <form className="act-form crew-form" onSubmit={(event) => void submit(event)} noValidate>
      <label>{text("service.reload")}<input ref={field} maxLength={500} /></label>
      {missing && <p role="alert" className="form-error">{text("dead.needReason")}</p>}
      <footer><button type="submit" className="primary" disabled={busy}>{text("service.reloadIt")}</button></footer>
    </form>
  );
}
