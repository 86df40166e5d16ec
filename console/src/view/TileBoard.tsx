import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";

import { lonLat, type ChosenCamera, type Incident } from "../api/types";
import { cameraNumber, cameraTitle } from "../device/camera";
import { movesOn, partOf, type Part } from "../device/part";
import { groundsOf, type Cover } from "../grant/grant";
import { useName, useText, type MessageKey } from "../ui/i18n";
import { kstDateTime, parseTime } from "../ui/time";
import { Board } from "./board";
import { LiveTile } from "./LiveTile";
import { bestCamera, kTilesMax, tileOrder } from "./order";
import type { PlayerDeps } from "./player";

const none: readonly ChosenCamera[] = [];

/** Until the next camera of a target that moves has its picture, the one before stays in the eyes; but not for longer than it is lent. */
const kHandOverMostMs = 12_000;
const nobody: ReadonlySet<string> = new Set();

/** Which cameras of `cover` are shown, in which order, and which one is best. `live`: those that have a picture. */
export function useTiles(cover: Cover, incident: Incident | null, chosen: readonly ChosenCamera[] | undefined, live: ReadonlySet<string> = nobody) {
  const { order, wish } = useMemo(() => {
    const order = tileOrder([...cover.living.keys()], [...cover.dark.keys()], chosen ?? none, lonLat(incident?.position));
    const wish = bestCamera(order, [...(cover.living.size > 0 ? cover.living : cover.dark).keys()], chosen ?? none);
    return { order, wish };
  }, [cover, incident?.position, chosen]);
  const best = useHandOver(wish, (camera) => cover.living.has(camera) && movesOn(chosen ?? none) && !(wish !== null && live.has(wish)));
  return useMemo(() => ({ order: best === null || order.includes(best) ? order : [best, ...order.slice(0, kTilesMax - 1)], best }), [order, best]);
}

/** `wish`, but the one before as long as it `stays`, kHandOverMostMs at most. */
function useHandOver(wish: string | null, stays: (camera: string) => boolean): string | null {
  const [shown, setShown] = useState(wish);
  const holds = shown !== null && shown !== wish && stays(shown);
  useEffect(() => {
    if (shown === wish) return;
    if (!holds) return setShown(wish);
    const timer = setTimeout(() => setShown(wish), kHandOverMostMs);
    return () => clearTimeout(timer);
  }, [wish, shown, holds]);
  return holds ? shown : wish;
}

const partWord = { next: "tile.next", exit: "tile.exit", leaving: "tile.leaving", now: "tile.now" } as const satisfies Record<Part, MessageKey>;

interface Props {
  cover: Cover;
  chosen: readonly ChosenCamera[] | undefined;
  order: readonly string[];
  spot: string | null;
  full: boolean;
  deps: PlayerDeps;
  /** Grows when the media process goes away. */
  losses: number;
  /** Lies on the spot's picture. */
  over?: ReactNode;
  onSpot: (camera: string) => void;
  onFull: () => void;
  /** A tile has a picture, or none any more. */
  onLive?: (camera: string, live: boolean) => void;
}

/** The spot tile and the context tiles round it, for one incident. Mount it with the incident's id as key. */
export function TileBoard({ cover, chosen, order, spot, full, deps, losses, over, onSpot, onFull, onLive }: Props) {
  const text = useText();
  const name = useName();
  const board = useBoard(deps);
  useEffect(() => board.current?.show(order, spot, cover));
  const seen = useRef(losses);
  useEffect(() => {
    if (losses === seen.current) return;
    seen.current = losses;
    board.current?.lost();
  }, [losses]);

  const moves = movesOn(chosen ?? none);
  const partWordOf = (camera: string) => (moves ? text(partWord[partOf(chosen?.find((each) => each.id === camera))]) : undefined);

  if (order.length === 0) return <p className="note">{text("video.noCameras")}</p>;
  return (
    <div className={full ? "board full" : "board"} data-testid="tile-board" data-count={order.length}>
      <div className="tiles">
        {order.map((camera, at) => (
          <LiveTile
            key={camera}
            player={boardOf(board, deps).player(camera)}
            name={cameraTitle(camera, chosen ?? none)}
            number={cameraNumber(camera)}
            place={at + 1}
            part={partWordOf(camera)}
            spot={camera === spot}
            full={full && camera === spot}
            onLive={onLive}
            over={camera === spot ? over : undefined}
            onPick={() => (camera === spot ? onFull() : onSpot(camera))}
          />
        ))}
        <div className="basis dim small">
          {groundsOf(cover, order).map(({ grant, until }) => (
            <p key={grant.id} data-grant={grant.id}>
              <span>{name(grant.purposeName, grant.purpose)}</span>
              <span>
                {text("video.basis")}: {grant.basis}
              </span>
              <span>
                {text("video.until")}: {kstDateTime(parseTime(until))}
              </span>
            </p>
          ))}
        </div>
      </div>
    </div>
  );
}

type BoardRef = React.RefObject<Board | null>;

function boardOf(ref: BoardRef, deps: PlayerDeps): Board {
  ref.current ??= new Board(deps);
  return ref.current;
}

/** A board for as long as the component stands; leaving the page ends its views at once. */
function useBoard(deps: PlayerDeps): BoardRef {
  const ref = useRef<Board | null>(null);
  boardOf(ref, deps);
  useEffect(() => {
    const leave = () => {
      ref.current?.dispose();
      ref.current = null;
    };
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      leave();
    };
  }, []);
  return ref;
}
