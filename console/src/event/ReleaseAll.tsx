import { useEffect, useRef, useState, type FormEvent } from "react";

import type { Api } from "../api/client";
import type { BulkRelease } from "../api/types";
import { useText } from "../ui/i18n";

interface Props {
  api: Api;
  /** Whether any letter waits. */
  waiting: boolean;
  /** Letters were released, or tried in vain: the list is another. */
  onDone: () => void;
}

/** Each may open an incident that every desk draws and somebody looks at: a thousand at once hold up both. */
const kAtOnce = 200;
const kReasonsShown = 5;
/** As far as the server counts what is left. */
const kLeftCounted = 1001;

/** The reasons, the most frequent first, each with its count. */
export function reasonsOf(tried: BulkRelease): [string, number][] {
  const counts = new Map<string, number>();
  for (const { reason } of tried.refused) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** Everything that waits, read again: first only to see what could be read, then for good, by somebody who says why. */
export function ReleaseAll({ api, waiting, onDone }: Props) {
  const text = useText();
  const [tried, setTried] = useState<BulkRelease | null>(null);
  const [after, setAfter] = useState(0);
  const [said, setSaid] = useState<{ ok: boolean; words: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLElement>(null);
  const wasOpen = useRef(false);
  // What had the focus is gone with the result; in a dialog without a focus no key works.
  useEffect(() => {
    if (wasOpen.current && !tried) box.current?.focus();
    wasOpen.current = tried !== null;
  }, [tried]);

  async function ask(body: Parameters<Api["releaseDeadLetters"]>[0]): Promise<BulkRelease | null> {
    setBusy(true);
    const answer = await api.releaseDeadLetters(body);
    setBusy(false);
    if (answer.ok) return answer.value;
    setSaid({ ok: false, words: text("dead.refused", { detail: answer.error.detail || String(answer.error.status) }) });
    return null;
  }

  async function look(from: number) {
    const found = await ask({ dryRun: true, limit: kAtOnce, after: from });
    setAfter(from);
    setTried(found);
  }

  function begin(from: number) {
    setSaid(null);
    void look(from);
  }

  async function release(reason: string) {
    const done = await ask({ reason, limit: kAtOnce, after });
    onDone();
    if (!done) return;
    setSaid({ ok: true, words: text("dead.releasedAll", { n: done.released }) });
    setTried(null);
    if (done.next !== null) return look(done.next);
  }

  return (
    <section ref={box} className="all" tabIndex={-1} data-testid="release-all" aria-busy={busy}>
      {said && <p role="status" className={said.ok ? "form-done" : "form-error"}>{said.words}</p>}
      {!tried && waiting && <button type="button" disabled={busy} onClick={() => begin(0)}>{text("dead.tryAll")}</button>}
      {tried && <Tried tried={tried} busy={busy} onLeave={() => setTried(null)} onNext={begin} onRelease={(reason) => void release(reason)} />}
    </section>
  );
}

interface TriedProps {
  tried: BulkRelease;
  busy: boolean;
  onLeave: () => void;
  onNext: (after: number) => void;
  onRelease: (reason: string) => void;
}

function Tried({ tried, busy, onLeave, onNext, onRelease }: TriedProps) {
  const text = useText();
  const [missing, setMissing] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const box = useRef<HTMLFormElement>(null);
  const reasons = reasonsOf(tried);
  useEffect(() => (field.current ?? box.current)?.focus(), [tried]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const reason = field.current?.value.trim() ?? "";
    setMissing(!reason);
    if (reason && tried.readable > 0) onRelease(reason);
  }

  return (
    <form ref={box} className="act-form" onSubmit={submit} noValidate tabIndex={-1}>
      <div role="status">
        <p>{text("dead.tried", { looked: tried.looked, readable: tried.readable, refused: tried.refused.length })}</p>
        {tried.erased > 0 && <p>{text("dead.triedErased", { n: tried.erased })}</p>}
        {tried.left > 0 && <p>{text(tried.left >= kLeftCounted ? "dead.triedLeftMany" : "dead.triedLeft", { n: Math.min(tried.left, kLeftCounted - 1) })}</p>}
        <ul>
          {reasons.slice(0, kReasonsShown).map(([reason, n]) => <li key={reason} className="dim small">{text("dead.triedWhy", { reason, n })}</li>)}
          {reasons.length > kReasonsShown && <li className="dim small">{text("dead.triedWhyMore", { n: reasons.length - kReasonsShown })}</li>}
        </ul>
      </div>
      {tried.readable > 0 && (
        <label>
          {text("dead.nothingYet")}
          <textarea ref={field} rows={2} maxLength={500} aria-label={text("dead.reason")} />
        </label>
      )}
      {missing && <p role="alert" className="form-error">{text("dead.needReason")}</p>}
      <footer>
        <button type="button" disabled={busy} onClick={onLeave}>{text("dead.leaveAll")}</button>
        {tried.next !== null && <button type="button" disabled={busy} onClick={() => onNext(tried.next!)}>{text("dead.tryNext")}</button>}
        {tried.readable > 0 && <button type="submit" className="primary" disabled={busy}>{text("dead.releaseAll", { n: tried.readable })}</button>}
      </footer>
    </form>
  );
}
