import { useState } from "react";

import type { Api } from "../api/client";
import type { Hold, Incident } from "../api/types";
import { isWaiting } from "../incident/incident";
import { useText } from "../ui/i18n";
import { useReading } from "../ui/reading";
import { joinedOf, spanOf } from "./hold";

/** What is ordered to be kept of the incident, and whether it is. */
export function HoldLine({ api, incident }: { api: Api; incident: Incident }) {
  const text = useText();
  const [known, setKnown] = useState<{ incident: string; holds: readonly Hold[] }>({ incident: "", holds: [] });
  async function read() {
    // Nobody has ordered anything of what nobody has received.
    if (isWaiting(incident)) return;
    const answer = await api.holds({ incident: incident.id, state: "standing" });
    if (answer.ok) setKnown({ incident: incident.id, holds: answer.value });
  }
  useReading(read, incident.id, incident);
  const held = known.incident === incident.id ? joinedOf(known.holds) : null;
  if (!held) return null;
  return (
    <p className="hold-line" data-testid="hold-line" data-cameras={held.cameras}>
      ▣ <b>{text("hold.ordered")}</b> {text("hold.cameras", { n: held.cameras })} · {spanOf(held, text)}
      {!held.isKept && <span className="fault" data-testid="not-kept"> △ {text("hold.notKept")}</span>}
    </p>
  );
}
