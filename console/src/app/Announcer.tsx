import { useEffect, useRef, useState } from "react";

import type { ActName, Incident } from "../api/types";
import { isOpen, isUrgent, isWaiting, practiceOf, stateKey, typeTitle } from "../incident/incident";
import { useName, useText } from "../ui/i18n";
import { usePrefs } from "../ui/prefs";

/** In a rush one sentence tells of all that came since the last one. */
const kSayEveryMs = 2000;

interface Props {
  incidents: ReadonlyMap<string, Incident>;
  selected: Incident | null;
  /** What stands there when the page has first read it is no news. */
  loaded: boolean;
  /** What was done here last; `n` is another each time. */
  did?: { act: ActName; n: number } | null;
}

/** For who hears the desk instead of seeing it: what has come and waits, and what became of the open incident. */
export function Announcer({ incidents, selected, loaded, did = null }: Props) {
  const text = useText();
  const name = useName();
  const { language } = usePrefs();
  const [said, setSaid] = useState("");
  const [changed, setChanged] = useState("");
  const known = useRef<ReadonlySet<string> | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const latest = useRef(incidents);
  latest.current = incidents;
  const title = (incident: Incident) => {
    const practice = practiceOf(incident);
    return [practice && text(`incident.${practice}`), text(`grade.${incident.grade}`), typeTitle(incident, name(incident.typeName, incident.type), text("incident.unknown")), incident.place].filter(Boolean).join(" ");
  };
  const words = useRef(title);
  words.current = title;

  useEffect(() => {
    if (!loaded) return;
    known.current ??= new Set(incidents.keys());
    if (timer.current) return;
    const say = () => {
      timer.current = null;
      const now = [...latest.current.values()];
      const fresh = now.filter((incident) => isWaiting(incident) && !known.current?.has(incident.id));
      known.current = new Set(now.map(({ id }) => id));
      const [first] = [...fresh.filter(isUrgent), ...fresh];
      if (first) setSaid(text(fresh.length > 1 ? "said.cameMore" : "said.came", { what: words.current(first), n: fresh.length - 1 }));
    };
    say();
    timer.current = setTimeout(say, kSayEveryMs);
  }, [incidents, loaded]);
  useEffect(() => () => void (timer.current && clearTimeout(timer.current)), []);

  // What was said in the other language is over.
  useEffect(() => {
    setSaid("");
    setChanged("");
  }, [language]);

  const before = useRef<{ id: string; state: string } | null>(null);
  useEffect(() => {
    const was = before.current;
    before.current = selected && { id: selected.id, state: selected.state };
    if (!selected) return;
    if (was?.id !== selected.id) setChanged(text("said.opened", { what: words.current(selected) }));
    else if (was.state !== selected.state) setChanged(`${text(stateKey(selected.state))} – ${isOpen(selected) ? selected.place : words.current(selected)}`);
  }, [selected?.id, selected?.state]);

  // After the state, which the same answer may have changed: what was done is said last.
  useEffect(() => {
    if (did) setChanged([text("said.done", { act: text(`act.${did.act}`) }), selected && text(stateKey(selected.state))].filter(Boolean).join(" – "));
  }, [did]);

  return (
    <div className="unseen">
      <p role="alert" data-testid="said-came">{said}</p>
      <p role="status" data-testid="said-changed">{changed}</p>
    </div>
  );
}
