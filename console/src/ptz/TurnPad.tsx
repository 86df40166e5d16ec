import { useState } from "react";

import type { PtzLease } from "../api/types";
import type { useTurning } from "../app/useTurning";
import { isMessageKey, useName, useText, type MessageKey, type Translate } from "../ui/i18n";
import { usualReasons, type Direction } from "./ptz";

type Turning = ReturnType<typeof useTurning>;

const arrows: readonly (readonly [Direction, string])[] = [
  ["up", "▲"], ["left", "◀"], ["right", "▶"], ["down", "▼"], ["nearer", "＋"], ["farther", "－"],
];

/** On the large picture: who has the camera, why it cannot be turned, or the arrows of who has it. */
export function TurnPad({ turning }: { turning: Turning }) {
  const text = useText();
  const { ptz, mine, open } = turning;
  if (!ptz) return null;
  const why = whyNot(turning);
  const state = mine ? "mine" : ptz.lease ? "taken" : why ? "not" : "free";
  return (
    <div className={open ? "turn open" : "turn"} data-testid="turn" data-state={state} data-own-arrows="" data-own-digits={open ? "" : undefined}>
      {!open && (
        <button type="button" className="turn-chip" disabled={why !== null && !mine} onClick={turning.toggle} data-testid="turn-chip">
          <kbd>P</kbd> {mine ? text("ptz.mine") : ptz.lease ? <Owner lease={ptz.lease} /> : why ? text(why) : text("ptz.turn")}
        </button>
      )}
      {open && !mine && <Ask turning={turning} why={why} />}
      {open && mine && <Pad turning={turning} />}
    </div>
  );
}

function whyNot({ ptz, grant }: Turning): MessageKey | null {
  const word = `ptz.why.${ptz?.why ?? ""}`;
  if (ptz && !ptz.turns) return isMessageKey(word) ? word : "ptz.why.does_not_turn";
  return grant ? null : "ptz.why.noGrant";
}

function Owner({ lease }: { lease: PtzLease }) {
  const text = useText();
  const name = useName();
  return <span data-testid="turn-owner" data-rank={lease.rank}>{text("ptz.by", { rank: text(`ptz.rank.${lease.rank}`), who: name(lease.name ?? undefined, "") })}</span>;
}

/** What went wrong, or why it was taken away. */
function Words({ turning: { problem, ended, ptz, mine } }: { turning: Turning }) {
  const text = useText();
  const name = useName();
  const taker = ptz?.lease && !mine ? text("ptz.by", { rank: text(`ptz.rank.${ptz.lease.rank}`), who: name(ptz.lease.name ?? undefined, "") }) : "";
  if (ended) return <p role="alert" className="fault" data-testid="turn-ended" data-why={ended.why}>△ {text(`ptz.ended.${ended.why}`, { who: taker })}</p>;
  return problem ? <p role="alert" className="fault" data-testid="turn-problem">△ {problemOf(problem, text)}</p> : null;
}

function problemOf({ kind, detail }: { kind?: string; detail: string }, text: Translate): string {
  const word = `ptz.problem.${kind ?? ""}`;
  return isMessageKey(word) ? text(word) : text("ptz.refused", { detail });
}

/** A reason first: turning a camera elsewhere without one is an offence. */
function Ask({ turning, why }: { turning: Turning; why: MessageKey | null }) {
  const text = useText();
  const [own, setOwn] = useState("");
  const { ptz, busy } = turning;
  return (
    <form
      aria-label={text("ptz.ask")}
      onSubmit={(event) => {
        event.preventDefault();
        void turning.take(own);
      }}
      onKeyDown={(event) => {
        const digit = /^(?:Digit|Numpad)([1-3])$/.exec(event.code);
        const reason = digit && !(event.target instanceof HTMLInputElement) && usualReasons[Number(digit[1]) - 1];
        if (event.key !== "Escape" && !reason) return;
        event.preventDefault();
        event.stopPropagation();
        if (reason) void turning.take(text(reason));
        else turning.leave();
      }}
    >
      <header>
        <b>{text("ptz.ask")}</b>
        {ptz?.lease && <Owner lease={ptz.lease} />}
        <button type="button" className="quiet" aria-label={text("dialog.close")} onClick={turning.leave}>✕</button>
      </header>
      {why ? (
        <p className="dim">{text(why)}</p>
      ) : (
        <>
          <div className="turn-reasons">
            {usualReasons.map((reason, at) => (
              <button key={reason} type="button" autoFocus={at === 0} disabled={busy} onClick={() => void turning.take(text(reason))} data-testid={`turn-reason-${at + 1}`}>
                <kbd>{at + 1}</kbd> {text(reason)}
              </button>
            ))}
          </div>
          <label className="turn-own">
            <span>{text("ptz.reason.own")}</span>
            <input value={own} maxLength={200} onChange={(event) => setOwn(event.target.value)} />
          </label>
        </>
      )}
      <Words turning={turning} />
    </form>
  );
}

function Pad({ turning }: { turning: Turning }) {
  const text = useText();
  return (
    <>
      <header>
        <b data-testid="turn-mine">{text("ptz.mine")}</b>
        <span className="dim">{turning.ptz?.lease?.reason}</span>
        <button type="button" onClick={turning.leave} data-testid="turn-leave">{text("ptz.leave")} <kbd>P</kbd></button>
      </header>
      <div className="turn-pad" role="group" aria-label={text("ptz.turn")}>
        {arrows.map(([direction, sign]) => (
          <Held key={direction} turning={turning} direction={direction} sign={sign} />
        ))}
        <button type="button" className="turn-home" onClick={() => turning.go(null)} aria-label={text("ptz.home")} title={text("ptz.home")}>⌂</button>
      </div>
      {turning.presets.length > 0 && (
        <div className="turn-presets" role="group" aria-label={text("ptz.presets")}>
          {turning.presets.slice(0, 9).map(({ token, name }, at) => (
            <button key={token} type="button" onClick={() => turning.go(token)}><kbd>{at + 1}</kbd> {name || token}</button>
          ))}
        </div>
      )}
      <Words turning={turning} />
    </>
  );
}

/** Turns while it is held down, by pointer or by Space and Enter. */
function Held({ turning, direction, sign }: { turning: Turning; direction: Direction; sign: string }) {
  const text = useText();
  const lift = () => turning.lift(direction);
  return (
    <button
      type="button"
      className={`turn-${direction}`}
      aria-label={text(`ptz.${direction}`)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture?.(event.pointerId);
        turning.press(direction);
      }}
      onPointerUp={lift}
      onPointerCancel={lift}
      onLostPointerCapture={lift}
      onKeyDown={(event) => {
        if (event.code !== "Space" && event.code !== "Enter") return;
        event.preventDefault();
        if (!event.repeat) turning.press(direction);
      }}
      onKeyUp={lift}
      onBlur={lift}
      onContextMenu={(event) => event.preventDefault()}
    >
      {sign}
    </button>
  );
}
