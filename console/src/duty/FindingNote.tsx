import { useEffect, useRef, useState } from "react";

import type { Api } from "../api/client";
import type { Duty, Finding } from "../api/types";
import { useName, useText } from "../ui/i18n";
import { nameOf } from "./duty";
import { agencyKey } from "./finding";
import { Still } from "./FindingDialog";

/** Who found it, what is proposed, and the picture that was seen. */
export function FindingNote({ api, incident, open, seats }: { api: Api; incident: string; open: boolean; seats: Duty["seats"] }) {
  const text = useText();
  const name = useName();
  const [finding, setFinding] = useState<Finding | null>(null);
  const [frame, setFrame] = useState<HTMLCanvasElement | null>(null);
  const [refused, setRefused] = useState("");
  const stands = useRef(true);
  useEffect(() => {
    stands.current = true;
    void api.finding(incident).then((answer) => stands.current && answer.ok && setFinding(answer.value));
    return () => {
      stands.current = false;
    };
  }, [api, incident]);
  // What ended is dark, here too.
  useEffect(() => setFrame(null), [open]);
  // Each look at the picture is on record: it is asked for, not shown by itself to whoever passes by the card.
  async function show() {
    setRefused("");
    const picture = await api.findingPicture(incident);
    const made = picture.ok ? await canvasOf(picture.value).catch(() => null) : null;
    if (!stands.current) return;
    if (made) setFrame(made);
    else setRefused(text("finding.notShown", { detail: picture.ok ? "" : picture.error.detail || String(picture.error.status) }));
  }
  if (!finding) return null;
  return (
    <section className="finding-note" data-testid="finding-note">
      <p>
        <b>{name(finding.kindName ?? undefined, finding.kind)}</b> <span className="badge">{text("finding.proposed", { agency: text(agencyKey(finding.agency)) })}</span>{" "}
        <span className="dim">{text("finding.by", { seat: name(nameOf(seats, finding.seat), finding.seat) })}</span>
      </p>
      {refused && <p role="alert" className="form-error">{refused}</p>}
      {frame && <Still frame={frame} label={text("finding.picture")} />}
      {!frame && finding.hasPicture && <button type="button" onClick={() => void show()}>{text("finding.show")}</button>}
    </section>
  );
}

async function canvasOf(picture: Blob): Promise<HTMLCanvasElement> {
  const bitmap = await createImageBitmap(picture);
  const canvas = document.createElement("canvas");
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas;
}
