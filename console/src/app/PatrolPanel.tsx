import { isSeen, leftMs } from "../duty/patrol";
import { TurnPad } from "../ptz/TurnPad";
import { useText } from "../ui/i18n";
import type { PlayerDeps } from "../view/player";
import { TileBoard } from "../view/TileBoard";
import type { usePatrol } from "./usePatrol";
import type { useTurning } from "./useTurning";

interface Props {
  watching: ReturnType<typeof usePatrol>;
  turning: ReturnType<typeof useTurning>;
  deps: PlayerDeps;
  losses: number;
  full: boolean;
  onFull: () => void;
  onFind: () => void;
}

/** The own cameras, a screen at a time: where one is, what is left of it, and what one can do. */
export function PatrolPanel({ watching, turning, deps, losses, full, onFull, onFind }: Props) {
  const text = useText();
  const { patrol, order, spot, cover, chosen, busy, problem } = watching;
  if (!patrol) return null;
  const seen = isSeen(patrol);
  const { stops, pass, lent } = patrol.set;
  return (
    <section className="panel video patrol" aria-label={text("region.patrol")} data-testid="patrol" data-at={patrol.at} data-stops={stops.length} data-pass={pass}>
      <header className="patrol-head">
        <b>{text("patrol.title", { n: pass + 1 })}</b>
        <span data-testid="patrol-place">{text("patrol.stop", { at: Math.min(patrol.at + 1, stops.length), of: stops.length })}</span>
        {lent.length > 0 && <span className="badge">{text("patrol.lent", { n: lent.length })}</span>}
        <span className="patrol-time" role="timer">
          {patrol.paused ? text("patrol.paused") : seen ? text("patrol.end") : text("patrol.left", { s: Math.ceil(leftMs(patrol) / 1000) })}
        </span>
        <span className="patrol-acts" role="group">
          <button type="button" onClick={() => watching.step(-1)} disabled={patrol.at === 0} aria-label={text("key.patrolBack")}>◀ <kbd>[</kbd></button>
          <button type="button" onClick={() => watching.pause()} aria-pressed={patrol.paused}>{text(patrol.paused ? "patrol.resume" : "patrol.pause")} <kbd>P</kbd></button>
          <button type="button" onClick={() => watching.step(1)} disabled={patrol.at >= stops.length - 1} aria-label={text("key.patrolOn")}>▶ <kbd>]</kbd></button>
          <button type="button" className={seen ? "primary" : ""} disabled={!seen || busy} onClick={() => void watching.confirm()} data-testid="patrol-confirm">{text("patrol.confirm")} <kbd>Y</kbd></button>
          <button type="button" className="warn-button" disabled={!spot} onClick={onFind} data-testid="patrol-find">{text("patrol.find")} <kbd>R</kbd></button>
        </span>
      </header>
      {problem && <p role="alert" className="form-error">{text("patrol.notConfirmed")}</p>}
      {stops.length === 0 ? (
        <p className="note">{text("patrol.empty")}</p>
      ) : (
        <TileBoard cover={cover} chosen={chosen} order={order} spot={spot} full={full} deps={deps} losses={losses} over={<TurnPad turning={turning} />} onSpot={watching.pick} onFull={onFull} />
      )}
    </section>
  );
}
