import type { Camera, ChosenCamera } from "../api/types";
import { cameraNumber, causeText } from "../device/camera";
import { useText } from "../ui/i18n";
import { reasonText } from "./reasons";

interface Props {
  cameras: readonly ChosenCamera[] | undefined;
  /** Newer states of cameras than the list has read. */
  changed: ReadonlyMap<string, Camera>;
  /** The tiles in order: their place is the number key. */
  order: readonly string[];
  spot: string | null;
  onSpot: (camera: string) => void;
}

/** The chosen cameras with score and reasons, best first. */
export function ChosenCameras({ cameras, changed, order, spot, onSpot }: Props) {
  const text = useText();
  if (!cameras) return null;
  return (
    <section className="chosen" aria-label={text("cameras.title")}>
      <h3>{text("cameras.title")}</h3>
      {cameras.length === 0 && <p className="dim small">{text("cameras.empty")}</p>}
      <ul>
        {cameras.map((camera) => {
          const at = order.indexOf(camera.id);
          const trouble = causeText(changed.get(camera.id) ?? camera, text);
          return (
            <li key={camera.id}>
              <button type="button" className={camera.id === spot ? "current" : ""} disabled={at < 0} onClick={() => onSpot(camera.id)}>
                <kbd>{at < 0 ? "–" : at + 1}</kbd>
                <span className="name">{camera.name}</span>
                <span className="number">{cameraNumber(camera.id)}</span>
                <span className="score" title={text("cameras.score")}>{camera.score}</span>
                {trouble && <span className="trouble" title={trouble.more}>{trouble.word}</span>}
                <span className="reasons">{camera.reasons.map((reason) => reasonText(reason, text)).join(" · ")}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
