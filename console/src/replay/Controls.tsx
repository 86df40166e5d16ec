import { useEffect, useMemo, useRef } from "react";

import { useText } from "../ui/i18n";
import { elapsed, kstDateTime } from "../ui/time";
import type { Axis } from "./axis";
import { replayKeys, type ReplayCommand } from "./keys";
import { speeds } from "./playhead";
import type { Moment } from "./replay";
import type { Playhead } from "./usePlayhead";

interface Props {
  axis: Axis;
  moments: readonly Moment[];
  head: Playhead;
  skips: boolean;
  onSkips: () => void;
}

/** More marks than this are one line. */
const kMarks = 400;
const shownOf = (command: ReplayCommand): string => replayKeys.find((key) => key.command === command)?.shown ?? "";
/** A click leaves the focus on the slider, where Space plays. */
const keepFocus = (event: React.MouseEvent) => event.preventDefault();

/** Where it stands, and everything that moves it. */
export function Controls({ axis, moments, head, skips, onSkips }: Props) {
  const text = useText();
  const slider = useRef<HTMLInputElement>(null);
  useEffect(() => slider.current?.focus(), []);
  const marks = useMemo(() => {
    const length = Math.max(axis.length, 1);
    return [...new Set(moments.map(({ at }) => Math.round((axis.playedAt(at) / length) * kMarks)))];
  }, [axis, moments]);
  const button = (command: "previous" | "back" | "on" | "next", sign: string) => (
    <button type="button" aria-label={text(`replay.${command}`)} title={text(`replay.${command}`)} onMouseDown={keepFocus} onClick={() => head.run(command)} data-command={command}>
      {sign} <kbd>{shownOf(command)}</kbd>
    </button>
  );
  return (
    <section className="replay-controls" aria-label={text("replay.controls")} data-testid="replay-controls" data-time={new Date(head.time).toISOString()} data-playing={head.plays} data-speed={head.speed}>
      <div className="replay-scale">
        <input
          ref={slider} type="range" min={0} max={Math.max(axis.length, 1)} step="any" value={axis.playedAt(head.time)} aria-label={text("replay.cursor")}
          aria-valuetext={kstDateTime(head.time)} onChange={(event) => head.goTo(axis.timeAt(Number(event.target.value)))} data-testid="replay-slider"
        />
        <span className="marks" aria-hidden="true">{marks.map((mark) => <i key={mark} style={{ left: `${(mark * 100) / kMarks}%` }} />)}</span>
      </div>
      <div className="replay-buttons">
        <time dateTime={new Date(head.time).toISOString()} data-testid="replay-clock">{kstDateTime(head.time)} KST</time>
        <span className="dim">{text("replay.after", { t: elapsed(head.time - axis.start) })}</span>
        <span className="gap" />
        {button("previous", "|◀")}
        {button("back", "−10")}
        <button type="button" className="primary" onMouseDown={keepFocus} onClick={() => head.run("turn")} data-command="turn">
          {head.plays ? `‖ ${text("replay.pause")}` : `▶ ${text("replay.play")}`} <kbd>Space</kbd>
        </button>
        {button("on", "+10")}
        {button("next", "▶|")}
        <span className="speeds" role="group" aria-label={text("replay.speed")}>
          <kbd>[</kbd>
          {speeds.map((speed) => (
            <button key={speed} type="button" className="quiet" aria-pressed={speed === head.speed} onMouseDown={keepFocus} onClick={() => head.setSpeed(speed)}>{speed}×</button>
          ))}
          <kbd>]</kbd>
        </span>
        <label className="check" title={text("replay.skipsHow")} onMouseDown={keepFocus}>
          <input type="checkbox" checked={skips} onChange={onSkips} data-testid="replay-skips" /> {text("replay.skips")} <kbd>{shownOf("skips")}</kbd>
        </label>
        <Keys />
      </div>
    </section>
  );
}

function Keys() {
  const text = useText();
  return (
    <details className="replay-keys">
      <summary>{text("key.title")}</summary>
      <dl className="keys" aria-label={text("replay.keys")}>
        {replayKeys.map(({ command, shown, label }) => (
          <div key={command}>
            <dt><kbd>{shown}</kbd></dt>
            <dd>{text(label)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
