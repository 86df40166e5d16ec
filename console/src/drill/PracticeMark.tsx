import type { Practice } from "../incident/incident";
import { useText } from "../ui/i18n";

/** Above and below a desk whose open incident is not real; the pattern goes on around what stands between. */
export function PracticeMark({ practice, foot = false }: { practice: Practice; foot?: boolean }) {
  const text = useText();
  return (
    <p className="practice-mark" data-testid={foot ? "practice-foot" : "practice-mark"} data-practice={practice} {...(foot ? { "aria-hidden": true } : { role: "status" })}>
      <b>{text(`practice.${practice}`)}</b>
    </p>
  );
}
