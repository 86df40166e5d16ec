import type { ChosenCamera } from "../api/types";
import { cameraNumber } from "../device/camera";
import { stateKey } from "../incident/incident";
import { agencyWord } from "../incident/Procedure";
import type { Words } from "../incident/Timeline";
import { isMessageKey, useText, type MessageKey, type Translate } from "../ui/i18n";
import { elapsed, kstClock } from "../ui/time";
import type { Scene, Sent, Told } from "./replay";
import type { Watch } from "./watches";

interface Props {
  scene: Scene;
  time: number;
  watches: readonly Watch[];
  cameras: ReadonlyMap<string, ChosenCamera>;
  /** The agency of our own people, which need not be said. */
  home: string;
  words: Words;
}

/** The incident as it stood then: whose it was, who saw what, who had been told. */
export function ScenePanel({ scene, time, watches, cameras, home, words }: Props) {
  const text = useText();
  const facts: [MessageKey, string][] = [
    ["replay.state", scene.state ? text(stateKey(scene.state)) : "–"],
    ["incident.owner", scene.owner ? words.personOf(scene.owner) : text("replay.nobody")],
    ["incident.commander", scene.commander ? words.personOf(scene.commander) : text("replay.nobody")],
    ["replay.place", scene.place || text("incident.noPlace")],
  ];
  return (
    <section className="panel replay-scene" aria-label={text("replay.scene")} data-testid="replay-scene" data-state={scene.state ?? ""} data-owner={scene.owner ?? ""} data-commander={scene.commander ?? ""}>
      <dl className="facts">
        {facts.map(([label, value]) => <div key={label}><dt>{text(label)}</dt><dd>{value}</dd></div>)}
      </dl>
      <p className="dim small">{text("replay.cameras", { n: scene.cameras.length })}</p>
      <h3>{text("replay.watching")}</h3>
      {watches.length === 0 && <p className="dim small">{text("replay.nobodyWatched")}</p>}
      <ul data-testid="replay-watches">
        {watches.map((watch) => (
          <li key={`${watch.view} ${watch.from}`} data-camera={watch.camera} data-user={watch.user}>
            <b>{words.personOf(watch.user)}</b>
            {watch.agency && watch.agency !== home && <span className="badge">{agencyWord(watch.agency, text)}</span>}
            <span>{cameras.get(watch.camera)?.name ?? ""} <span className="dim">{cameraNumber(watch.camera)}</span></span>
            <span className="dim">{wayWord(watch.way, text)} {elapsed(time - watch.from)}</span>
          </li>
        ))}
      </ul>
      <h3>{text("replay.told")}</h3>
      {scene.told.length + scene.sent.length === 0 && <p className="dim small">{text("replay.nobodyTold")}</p>}
      <ul data-testid="replay-told">
        {scene.told.map((told) => <ToldLine key={`${told.agency} ${told.step ?? told.at}`} told={told} time={time} words={words} />)}
        {scene.sent.map((sent) => <SentLine key={sent.id} sent={sent} />)}
      </ul>
    </section>
  );
}

function wayWord(way: string, text: Translate): string {
  const key = `tile.way.${way}`;
  return isMessageKey(key) ? text(key) : way.toUpperCase();
}

function ToldLine({ told, time, words }: { told: Told; time: number; words: Words }) {
  const text = useText();
  const waited = time - told.at;
  const isSilent = told.answeredAt === null && told.silentMs > 0 && waited >= told.silentMs;
  const agency = told.agency ? agencyWord(told.agency, text) : text("act.notify");
  return (
    <li data-agency={told.agency} data-answered={told.answeredAt !== null} data-silent={isSilent}>
      <span>{text("sop.told", { agency, at: kstClock(told.at) })}</span>
      {told.answeredAt !== null && <span className="dim">✓ {text("sop.heardAt", { at: kstClock(told.answeredAt), who: words.personOf(told.answeredBy) })}</span>}
      {told.answeredAt === null && told.silentMs > 0 && <b className={isSilent ? "fault" : "dim"}>{isSilent && "△ "}{text(isSilent ? "sop.silent" : "sop.waiting", { t: elapsed(waited) })}</b>}
    </li>
  );
}

const sentKeys: Record<Sent["state"], MessageKey> = { queued: "timeline.told", delivered: "timeline.toldDone", failed: "timeline.toldFailed" };

function SentLine({ sent }: { sent: Sent }) {
  const text = useText();
  return (
    <li data-partner={sent.partner} data-state={sent.state}>
      <span>{sent.partner} {kstClock(sent.at)}</span>
      <span className={sent.state === "failed" ? "fault" : "dim"}>{text(sent.isSimulated ? "timeline.simulated" : sentKeys[sent.state])}</span>
    </li>
  );
}
