import type { Incident } from "../api/types";
import { isOpen, isUrgent, practiceOf } from "../incident/incident";
import { useText, type MessageKey } from "../ui/i18n";
import { TurnPad } from "../ptz/TurnPad";
import { TileBoard } from "../view/TileBoard";
import { useSeat } from "./context";
import type { useTurning } from "./useTurning";
import { mayWatch, type useVideo } from "./useVideo";

interface Props {
  incident: Incident | null;
  video: ReturnType<typeof useVideo>;
  turning: ReturnType<typeof useTurning>;
  empty: MessageKey;
}

/** The pictures of the open incident, or why there are none. */
export function VideoPanel({ incident, video, turning, empty }: Props) {
  const text = useText();
  const { user } = useSeat();
  const { cover } = video;
  const granted = cover.grants.length > 0;
  const practice = incident && practiceOf(incident);
  const why: MessageKey = !mayWatch(user.role) ? "video.noRole" : practice ? `video.${practice}` : incident && isOpen(incident) && !isUrgent(incident) ? "video.gradeTwenty" : "video.noGrant";
  return (
    <section className="panel video" aria-label={text("region.video")}>
      {!incident && <p className="note">{text(empty)}</p>}
      {incident && !granted && <p className="note">{text(why)}</p>}
      {incident && granted && (
        <TileBoard
          key={incident.id}
          cover={cover}
          chosen={video.chosen}
          order={video.order}
          spot={video.spot}
          full={video.full}
          deps={video.deps}
          losses={video.losses}
          over={<TurnPad turning={turning} />}
          onSpot={video.pick}
          onLive={video.onLive}
          onFull={() => video.setFull((now) => !now)}
        />
      )}
    </section>
  );
}
