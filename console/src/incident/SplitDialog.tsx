import type { Report } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { useName, useText } from "../ui/i18n";

interface Props {
  report: Report;
  busy: boolean;
  onSplit: () => void;
  onClose: () => void;
}

/** A report is another case: asked once more, for it is another incident then. */
export function SplitDialog({ report, busy, onSplit, onClose }: Props) {
  const text = useText();
  const name = useName();
  return (
    <Dialog title={text("split.title")} onClose={onClose}>
      <div className="act-form" data-testid="split">
        <p><b>{name(report.typeName, report.type)}</b> {report.sender} {report.number}</p>
        {report.place && <p>{report.place}</p>}
        <p className="dim small">{text("split.hint")}</p>
        <footer>
          <button type="button" onClick={onClose}>{text("act.back")}</button>
          <button type="button" className="primary" aria-disabled={busy} onClick={() => !busy && onSplit()}>{text("reports.split")}</button>
        </footer>
      </div>
    </Dialog>
  );
}
