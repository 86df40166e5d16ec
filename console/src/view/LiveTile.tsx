import { useEffect, useRef, useSyncExternalStore, type ReactNode } from "react";

import { useText, type MessageKey } from "../ui/i18n";
import { onTick } from "../ui/ticker";
import { kstClock } from "../ui/time";
import type { TilePlayer } from "./player";
import { showsPicture, type Tile } from "./tile";

interface Props {
  player: TilePlayer;
  name: string;
  number: string;
  /** The key that brings it to the spot. */
  place: number;
  /** What it is to a target that moves. */
  part?: string | undefined;
  spot: boolean;
  full?: boolean;
  onLive?: ((camera: string, live: boolean) => void) | undefined;
  /** Lies on the picture. */
  over?: ReactNode;
  onPick: () => void;
}

const words: Record<"waiting" | "asking" | "connecting", MessageKey> = {
  waiting: "tile.waiting",
  asking: "tile.asking",
  connecting: "tile.connecting",
};

/** One camera. The player owns the picture; this draws the frame round it and says truly how old it is. */
export function LiveTile({ player, name, number, place, part, spot, full, over, onLive, onPick }: Props) {
  const text = useText();
  const tile = useSyncExternalStore(player.subscribe, () => player.tile);
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    player.mount(host.current);
    return () => player.mount(null);
  }, [player]);
  const live = showsPicture(tile);
  useEffect(() => {
    if (!live) return;
    onLive?.(player.camera, true);
    return () => onLive?.(player.camera, false);
  }, [player, live, onLive]);

  return (
    <figure
      className={["tile", spot && "spot", full && "full"].filter(Boolean).join(" ")}
      data-testid={spot ? "spot-tile" : "context-tile"}
      data-camera={player.camera}
      data-state={tile.phase}
      data-place={place}
    >
      <div className="picture" ref={host} />
      {!showsPicture(tile) && <Blank tile={tile} />}
      <button type="button" className="tile-pick" onClick={onPick} aria-label={`${place} ${name} ${number}`} aria-pressed={spot} />
      <figcaption>
        <kbd>{place}</kbd>
        {part && <b className="part">{part}</b>}
        <span className="name">{name}</span>
        <span className="number">{number}</span>
        {tile.phase === "live" && <span className="live" data-testid="live-mark">LIVE</span>}
        {tile.phase === "stalled" && <span className="stalled">△ {text("tile.stalled")}</span>}
      </figcaption>
      {showsPicture(tile) && <FrameClock player={player} />}
      {over}
    </figure>
  );
}

function Blank({ tile }: { tile: Tile }) {
  const text = useText();
  const ended = tile.phase === "ended";
  return (
    <div className={ended ? "blank ended" : "blank"} role={ended ? "status" : undefined} data-testid="tile-blank">
      {(tile.phase === "ended" || tile.phase === "retry") && <p>{text(tile.reason)}</p>}
      {tile.phase === "retry" && <p className="dim">{text("tile.retry")}</p>}
      {(tile.phase === "waiting" || tile.phase === "asking" || tile.phase === "connecting") && <p className="dim">{text(words[tile.phase])}</p>}
    </div>
  );
}

/** Clock and age of the frame itself, written past React: they change four times a second on every tile. */
function FrameClock({ player }: { player: TilePlayer }) {
  const text = useText();
  const clock = useRef<HTMLTimeElement>(null);
  const age = useRef<HTMLSpanElement>(null);
  const way = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const draw = () => {
      const frame = player.frame();
      const ageMs = player.ageMs();
      if (!clock.current || !age.current || !frame || ageMs === null) return;
      clock.current.textContent = `${kstClock(frame.clockMs)} KST`;
      clock.current.title = text(frame.captured ? "tile.frameClock" : "tile.received");
      age.current.textContent = text("tile.age", { s: (ageMs / 1000).toFixed(1) });
      age.current.dataset.ageMs = String(Math.round(ageMs));
      const by = player.way();
      if (!way.current || !by) return;
      way.current.textContent = text(`tile.way.${by}`);
      way.current.title = text(`tile.wayOf.${by}`);
      way.current.dataset.way = by;
    };
    draw();
    return onTick(draw);
  });
  return (
    <div className="frame-clock">
      <span ref={way} className="way" data-testid="way" />
      <time ref={clock} />
      <span ref={age} data-testid="frame-age" />
    </div>
  );
}
