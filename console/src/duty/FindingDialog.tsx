import { useEffect, useRef, useState } from "react";

import { randomKey, type Api } from "../api/client";
import type { Finding, FindingKind } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { useName, useText } from "../ui/i18n";
import { jpegOf } from "../view/still";
import { agencyKey } from "./finding";

interface Props {
  api: Api;
  camera: string;
  name: string;
  /** The frame that was seen; null where there was none. */
  frame: HTMLCanvasElement | null;
  kinds: readonly FindingKind[];
  onFound: (finding: Finding) => void;
  onClose: () => void;
}

/** What was seen: one digit makes an incident of it, with the picture of the moment in which the dialog was called. */
export function FindingDialog({ api, camera, name, frame, kinds, onFound, onClose }: Props) {
  const text = useText();
  const named = useName();
  const [busy, setBusy] = useState(false);
  const [key] = useState(randomKey);
  // Made while the kind is chosen, and the same when it is tried again.
  const [jpeg] = useState(() => (frame ? jpegOf(frame) : Promise.resolve(null)));
  const [refused, setRefused] = useState("");

  async function report(kind: FindingKind | undefined) {
    if (!kind || busy) return;
    setBusy(true);
    setRefused("");
    const picture = await jpeg;
    const answer = await api.reportFinding({ camera, kind: kind.kind, ...(picture ? { picture } : {}) }, `${key}${kind.kind}`);
    setBusy(false);
    if (answer.ok) onFound(answer.value);
    else setRefused(text("finding.refused", { detail: answer.error.detail || String(answer.error.status) }));
  }

  function onKeyDown(event: React.KeyboardEvent) {
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
    if (!digit || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    void report(kinds[Number(digit) - 1]);
  }

  return (
    <Dialog title={text("finding.title", { camera: name })} onClose={onClose}>
      <div className="finding" data-testid="finding" data-first tabIndex={-1} onKeyDown={onKeyDown}>
        {frame ? <Still frame={frame} label={text("finding.picture")} /> : <p className="note">{text("finding.noPicture")}</p>}
        {refused && <p role="alert" className="form-error">{refused}</p>}
        {kinds.length === 0 && <p className="note">{text("finding.noKinds")}</p>}
        <div className="finding-kinds" aria-busy={busy}>
          {kinds.map((kind, at) => (
            <button key={kind.kind} type="button" aria-disabled={busy} data-kind={kind.kind} className={kind.grade === "10" ? "urgent" : ""} onClick={() => void report(kind)}>
              <kbd>{at + 1}</kbd> {kind.grade === "10" ? "▲" : "◆"} <b>{named(kind.name, kind.kind)}</b>
              <span className="dim">{text(agencyKey(kind.agency))}</span>
            </button>
          ))}
        </div>
        <p className="dim small">{text("finding.hint")}</p>
      </div>
    </Dialog>
  );
}

/** A canvas as it is: no address that a page's policy would have to allow. */
export function Still({ frame, label }: { frame: HTMLCanvasElement; label: string }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    host.current?.replaceChildren(frame);
  }, [frame]);
  return <div ref={host} className="still" role="img" aria-label={label} />;
}
