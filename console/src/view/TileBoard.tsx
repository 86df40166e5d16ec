import { useEffect, useMemo, useRef, type ReactNode } from "react";

import { lonLat, type ChosenCamera, type Incident } from "../api/types";
import { cameraNumber, cameraTitle } from "../device/camera";
import { groundsOf, type Cover } from "../grant/grant";
import { useName, useText } from "../ui/i18n";
import { kstDateTime, parseTime } from "../ui/time";
import { Board } from "./board";
import { LiveTile } from "./LiveTile";
import { bestCamera, tileOrder } from "./order";
import type { PlayerDeps } from "./player";

const none: readonly ChosenCamera[] = [];

/** Which cameras of `cover` are shown, in which order, and which one is best. */
export function useTiles(cover: Cover, incident: Incident | null, chosen: readonly ChosenCamera[] | undefined) {
  return useMemo(() => {
    const order = tileOrder([...cover.living.keys()], [...cover.dark.keys()], chosen ?? none, lonLat(incident?.position));
    const best = bestCamera(order, [...(cover.living.size > 0 ? cover.living : cover.dark).keys()], chosen ?? none);
    return { order, best };
  }, [cover, incident?.position, chosen]);
}

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
}

/** The spot tile and the context tiles round it, for one incident. Mount it with the incident's id as key. */
export function TileBoard({ cover, chosen, order, spot, full, deps, losses, over, onSpot, onFull }: Props) {
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
            spot={camera === spot}
            full={full && camera === spot}
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
