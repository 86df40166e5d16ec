import { useEffect, useMemo, useRef } from "react";

import { lonLat, type ChosenCamera, type Grant, type Incident } from "../api/types";
import { cameraNumber, cameraTitle } from "../device/camera";
import { darkReason } from "../grant/grant";
import { useName, useText } from "../ui/i18n";
import { kstDateTime, parseTime } from "../ui/time";
import { Board } from "./board";
import { LiveTile } from "./LiveTile";
import { bestCamera, tileOrder } from "./order";
import type { PlayerDeps } from "./player";

const none: readonly ChosenCamera[] = [];

/** Which cameras of `grant` are shown, in which order, and which one is best. */
export function useTiles(grant: Grant | null, incident: Incident | null, chosen: readonly ChosenCamera[] | undefined) {
  return useMemo(() => {
    const order = grant ? tileOrder(grant.cameras, chosen ?? none, lonLat(incident?.position)) : [];
    return { order, best: bestCamera(order, grant?.cameras ?? [], chosen ?? none) };
  }, [grant, incident?.position, chosen]);
}

interface Props {
  grant: Grant;
  incident: Incident | null;
  chosen: readonly ChosenCamera[] | undefined;
  order: readonly string[];
  spot: string | null;
  full: boolean;
  deps: PlayerDeps;
  /** Grows when the media process goes away. */
  losses: number;
  onSpot: (camera: string) => void;
  onFull: () => void;
}

/** The spot tile and the context tiles round it, under one grant. Mount it with the grant's id as key. */
export function TileBoard({ grant, incident, chosen, order, spot, full, deps, losses, onSpot, onFull }: Props) {
  const text = useText();
  const name = useName();
  const board = useBoard(grant.id, deps);
  const dark = darkReason(grant, incident);
  useEffect(() => {
    if (dark) board.current?.endAll(order, dark);
    else board.current?.show(order, spot);
  });
  const seen = useRef(losses);
  useEffect(() => {
    if (losses === seen.current) return;
    seen.current = losses;
    board.current?.lost();
  }, [losses]);

  if (order.length === 0) return <p className="note">{text("video.noCameras")}</p>;
  return (
    <div className={full ? "board full" : "board"} data-testid="tile-board" data-grant={grant.id} data-count={order.length}>
      <div className="tiles">
        {order.map((camera, at) => (
          <LiveTile
            key={camera}
            player={boardOf(board, grant.id, deps).player(camera)}
            name={cameraTitle(camera, chosen ?? none)}
            number={cameraNumber(camera)}
            place={at + 1}
            spot={camera === spot}
            full={full && camera === spot}
            onPick={() => (camera === spot ? onFull() : onSpot(camera))}
          />
        ))}
        <p className="basis dim small">
          <span>{name(grant.purposeName, grant.purpose)}</span>
          <span>
            {text("video.basis")}: {grant.basis}
          </span>
          <span>
            {text("video.until")}: {kstDateTime(parseTime(grant.to))}
          </span>
        </p>
      </div>
    </div>
  );
}

type BoardRef = React.RefObject<Board | null>;

function boardOf(ref: BoardRef, grant: string, deps: PlayerDeps): Board {
  ref.current ??= new Board(grant, deps);
  return ref.current;
}

/** A board for as long as the component stands; leaving the page ends its views at once. */
function useBoard(grant: string, deps: PlayerDeps): BoardRef {
  const ref = useRef<Board | null>(null);
  boardOf(ref, grant, deps);
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
