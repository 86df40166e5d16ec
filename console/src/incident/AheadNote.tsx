import type { Ahead } from "../api/types";
import { cameraNumber } from "../device/camera";
import { useText } from "../ui/i18n";
import { useNow } from "../ui/ticker";
import { elapsed } from "../ui/time";
import { seenAgoMs } from "./useAhead";

const kExitsShown = 8;

interface Props {
  ahead: Ahead;
  /** The tiles in order: their place is the number key. */
  order: readonly string[];
  /** How far the server's clock is ahead of this page's. */
  aheadMs: number;
  onSpot: (camera: string) => void;
}

/** A target that moves: how old its place is, which cameras it comes to and when, and which ways lead out. */
export function AheadNote({ ahead, order, aheadMs, onSpot }: Props) {
  const text = useText();
  const ageMs = seenAgoMs(ahead, useNow() + aheadMs);
  const age = elapsed(ageMs);
  const isStale = ageMs >= ahead.staleAfterS * 1000;
  const line = (camera: { id: string; name: string }, when: string) => {
    const at = order.indexOf(camera.id);
    return (
      <button type="button" disabled={at < 0} onClick={() => onSpot(camera.id)}>
        <kbd>{at < 0 ? "–" : at + 1}</kbd>
        <span className="name">{camera.name}</span>
        <span className="number">{cameraNumber(camera.id)}</span>
        <span className="when">{when}</span>
      </button>
    );
  };
  const inTime = (seconds: number) => (seconds === 0 ? text("ahead.maybe") : text("ahead.in", { s: seconds }));
  return (
    <section className={isStale ? "chosen ahead old" : "chosen ahead"} aria-label={text("ahead.title")}>
      <h3>{text("ahead.title")}</h3>
      <p className="small">
        {text("ahead.seen", { age })} · {text(`ahead.pace.${ahead.pace}`)}
        {ahead.headingDeg !== null && <> · {text("ahead.heading", { d: ahead.headingDeg })}</>}
      </p>
      {isStale && <p className="small stale" role="status">△ {text("ahead.stale", { age })}</p>}
      {ahead.lost && <p className="small">{text("ahead.lost")}</p>}
      {!ahead.lost && !ahead.onRoad && <p className="small">{text("ahead.offRoad")}</p>}
      {ahead.onRoad && (
        <>
          <h4>{text("ahead.next")}</h4>
          {ahead.next.length === 0 && <p className="dim small">{text("ahead.none")}</p>}
          <ul>{ahead.next.map((camera) => <li key={camera.id}>{line(camera, inTime(camera.inS))}</li>)}</ul>
          <h4>
            {text("ahead.exits")} <span className="dim">{text(ahead.allExits ? "ahead.exitsAll" : "ahead.exitsMore", { n: ahead.exits.length })}</span>
          </h4>
          <ul>
            {exitsOf(ahead).slice(0, kExitsShown).map(({ camera, inS, times }) => {
              const when = `${times > 1 ? `×${times} ` : ""}${inTime(inS)}`;
              return <li key={camera?.id ?? ""}>{camera ? line(camera, when) : <span className="unseen"><span>○ {text("ahead.unseen")}</span><span className="when">{when}</span></span>}</li>;
            })}
          </ul>
        </>
      )}
    </section>
  );
}

/** One camera may see several ways out, and so may nobody: each once, with the soonest, and how many. */
function exitsOf(ahead: Ahead) {
  const found = new Map<string, { camera: Ahead["exits"][number]["camera"]; inS: number; times: number }>();
  for (const { camera, inS } of ahead.exits) {
    const known = found.get(camera?.id ?? "");
    if (known) known.times++;
    else found.set(camera?.id ?? "", { camera, inS, times: 1 });
  }
  return [...found.values()];
}
