import type { CaseService } from "../api/types";
import { useName, useText } from "../ui/i18n";
import { kstDateTime, parseTime } from "../ui/time";

/** What the sender's code decided about the picture, and how far its people are. */
export function ServiceLine({ known }: { known: CaseService | null }) {
  const text = useText();
  const name = useName();
  if (!known || (known.codes.length === 0 && known.stages.length === 0 && known.service?.life !== "pilot")) return null;
  return (
    <div className="service-line" data-testid="service-line">
      {known.service?.life === "pilot" && <span className="badge">{text("service.life.pilot")}</span>}
      {known.codes.map((code) => (
        <p key={code.event} className={code.decision === "refused" ? "fault" : ""} data-code={code.code} data-decision={code.decision}>
          <b>{text("service.code", { n: code.code })}</b> {code.decision === "refused" && "△ "}{text(`service.decision.${code.decision}`)}
        </p>
      ))}
      {known.stages.length > 0 && (
        <ol className="stages" aria-label={text("service.stages")}>
          {known.stages.map((stage) => (
            <li key={stage.key} data-stage={stage.key}><b>{name(stage.name ?? undefined, stage.key)}</b> <span className="dim">{kstDateTime(parseTime(stage.at)).slice(11)}</span></li>
          ))}
        </ol>
      )}
    </div>
  );
}
