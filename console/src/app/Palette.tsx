import { useEffect, useId, useState } from "react";

import { Dialog } from "../ui/Dialog";
import { useText, type MessageKey } from "../ui/i18n";
import { cameraOffer, cameraQuery, offered, type FoundCamera, type Offer } from "./palette";

/** While somebody types on, the server is not asked. */
const kAskAfterMs = 150;

interface Props {
  /** What stands in the field at first. */
  initial: string;
  commands: readonly Offer[];
  incidents: readonly Offer[];
  /** Answers null where it could not be asked. */
  findCameras: (query: string, signal: AbortSignal) => Promise<readonly FoundCamera[] | null>;
  /** The palette is closed by then. */
  onTake: (offer: Offer) => void;
  onClose: () => void;
}

/** One field for everything that can be gone to or done: arrows choose, Enter takes. */
export function Palette({ initial, commands, incidents, findCameras, onTake, onClose }: Props) {
  const text = useText();
  const id = useId();
  const [query, setQuery] = useState(initial);
  const [at, setAt] = useState(0);
  const { cameras, failed } = useCameras(query, findCameras);
  const offers = offered(query, commands, incidents, cameras);
  const active = offers[Math.min(at, offers.length - 1)];
  const optionId = (offer: Offer) => `${id}-${offer.kind}-${offer.id}`;
  useEffect(() => {
    // Newer browsers answer a promise here, which is no effect's end.
    void document.getElementById(active ? optionId(active) : "")?.scrollIntoView({ block: "nearest" });
  }, [active && optionId(active)]);

  function take(offer: Offer | undefined) {
    if (!offer) return;
    onClose();
    onTake(offer);
  }

  function onKeyDown(event: React.KeyboardEvent) {
    // The Enter that ends a syllable is the input method's.
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }[event.code];
    if (step) setAt(Math.min(Math.max(Math.min(at, offers.length - 1) + step, 0), Math.max(offers.length - 1, 0)));
    else if (event.code === "Enter" || event.code === "NumpadEnter") take(active);
    else return;
    event.preventDefault();
  }

  return (
    <Dialog title={text("palette.title")} onClose={onClose}>
      <div className="palette" data-testid="palette">
        <input
          data-first type="text" role="combobox" aria-expanded="true" aria-autocomplete="list" aria-controls={id} aria-label={text("palette.field")} aria-activedescendant={active && optionId(active)}
          placeholder={text("palette.hint")} maxLength={100} autoComplete="off" spellCheck={false} value={query} onKeyDown={onKeyDown}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
        />
        <ul id={id} role="listbox" aria-label={text("palette.title")}>
          {offers.map((offer) => (
            <li key={optionId(offer)} id={optionId(offer)} role="option" aria-selected={offer === active} className={offer === active ? "active" : ""} data-kind={offer.kind} data-id={offer.id} onClick={() => take(offer)}>
              <span className="kind dim">{text(kinds[offer.kind])}</span> <span className="name">{offer.title}</span> <span className="detail dim">{offer.detail}</span>
            </li>
          ))}
        </ul>
        <p role="status" className="dim small">{text(failed ? "palette.notAsked" : offers.length > 0 ? "palette.count" : "palette.nothing", { n: offers.length })}</p>
      </div>
    </Dialog>
  );
}

const kinds: Record<Offer["kind"], MessageKey> = { command: "palette.command", incident: "palette.incident", camera: "palette.camera" };

/** The cameras that the server finds by `query`: the answer to the newest letter, the one before until it has come. */
function useCameras(query: string, find: Props["findCameras"]): { cameras: readonly Offer[]; failed: boolean } {
  const asked = cameraQuery(query);
  const [known, setKnown] = useState<{ cameras: readonly Offer[]; failed: boolean }>({ cameras: [], failed: false });
  useEffect(() => {
    if (asked === null) return setKnown({ cameras: [], failed: false });
    const abort = new AbortController();
    const timer = setTimeout(() => {
      void find(asked, abort.signal).then((found) => {
        if (!abort.signal.aborted) setKnown({ cameras: (found ?? []).map(cameraOffer), failed: found === null });
      });
    }, kAskAfterMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [asked]);
  return known;
}
