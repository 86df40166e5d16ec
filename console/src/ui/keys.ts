import { useEffect, useRef } from "react";

import type { MessageKey, Params } from "./i18n";

export type Command =
  | "receive" | "close" | "note" | "cancel" | "act" | "openVideo"
  | "handOver" | "takeOver" | "command" | "hold" | "merge" | "step" | "skipStep" | "heard"
  | "open" | "next" | "previous" | "further" | "nearer" | "first" | "last"
  | "spot1" | "spot2" | "spot3" | "spot4" | "spot5" | "spot6"
  | "patrolOn" | "patrolBack" | "patrolHold" | "patrolSeen" | "find" | "ptz"
  | "palette" | "callUp" | "map" | "full" | "letters" | "duty" | "log" | "results" | "alarms" | "holds" | "drills" | "services" | "replay" | "back" | "help" | "language" | "theme" | "scale" | "mute";

export interface KeyBinding {
  command: Command;
  /** KeyboardEvent.code, so that they work while a Korean input method is on. "Ctrl+…", "Shift+…" where needed; none where more than one press is the command (useCallUp). */
  codes: readonly string[];
  /** What the cheat sheet shows. */
  shown: string;
  label: MessageKey;
  params?: Params;
}

const spot = (n: 1 | 2 | 3 | 4 | 5 | 6): KeyBinding => ({
  command: `spot${n}`,
  codes: [`Digit${n}`, `Numpad${n}`],
  shown: String(n),
  label: "key.spot",
  params: { n },
});

/** Every key of the desk. The cheat sheet and the handler both come from here. */
export const keyBindings: readonly KeyBinding[] = [
  { command: "next", codes: ["KeyJ", "ArrowDown"], shown: "J ↓", label: "key.next" },
  { command: "previous", codes: ["KeyK", "ArrowUp"], shown: "K ↑", label: "key.previous" },
  { command: "further", codes: ["PageDown"], shown: "PgDn", label: "key.further" },
  { command: "nearer", codes: ["PageUp"], shown: "PgUp", label: "key.nearer" },
  { command: "first", codes: ["Home"], shown: "Home", label: "key.first" },
  { command: "last", codes: ["End"], shown: "End", label: "key.last" },
  { command: "open", codes: ["Enter", "NumpadEnter"], shown: "Enter", label: "key.open" },
  { command: "receive", codes: ["KeyA"], shown: "A", label: "key.receive" },
  { command: "act", codes: ["KeyD"], shown: "D", label: "key.act" },
  { command: "note", codes: ["KeyN"], shown: "N", label: "key.note" },
  { command: "close", codes: ["KeyC"], shown: "C", label: "key.close" },
  { command: "cancel", codes: ["KeyX"], shown: "X", label: "key.cancel" },
  { command: "openVideo", codes: ["KeyV"], shown: "V", label: "key.openVideo" },
  { command: "step", codes: ["Space"], shown: "Space", label: "key.step" },
  { command: "skipStep", codes: ["Shift+Space"], shown: "Shift+Space", label: "key.skipStep" },
  { command: "heard", codes: ["Shift+KeyA"], shown: "Shift+A", label: "key.heard" },
  { command: "handOver", codes: ["KeyO"], shown: "O", label: "key.handOver" },
  { command: "takeOver", codes: ["KeyI"], shown: "I", label: "key.takeOver" },
  { command: "command", codes: ["KeyQ"], shown: "Q", label: "key.command" },
  { command: "hold", codes: ["KeyZ"], shown: "Z", label: "key.hold" },
  { command: "merge", codes: ["Shift+KeyM"], shown: "Shift+M", label: "key.merge" },
  spot(1), spot(2), spot(3), spot(4), spot(5), spot(6),
  { command: "patrolOn", codes: ["BracketRight"], shown: "]", label: "key.patrolOn" },
  { command: "patrolBack", codes: ["BracketLeft"], shown: "[", label: "key.patrolBack" },
  { command: "patrolHold", codes: ["KeyP"], shown: "P", label: "key.patrolHold" },
  { command: "patrolSeen", codes: ["KeyY"], shown: "Y", label: "key.patrolSeen" },
  { command: "ptz", codes: ["Shift+KeyP"], shown: "P, Shift+P", label: "key.ptz" },
  { command: "find", codes: ["KeyR"], shown: "R", label: "key.find" },
  { command: "palette", codes: ["Slash", "NumpadDivide", "Ctrl+KeyK"], shown: "/ Ctrl+K", label: "key.palette" },
  { command: "callUp", codes: [], shown: "0–9 Enter", label: "key.callUp" },
  { command: "full", codes: ["KeyF"], shown: "F", label: "key.full" },
  { command: "map", codes: ["KeyG"], shown: "G", label: "key.map" },
  { command: "letters", codes: ["KeyE"], shown: "E", label: "key.letters" },
  { command: "alarms", codes: ["KeyB"], shown: "B", label: "key.alarms" },
  { command: "duty", codes: ["KeyW"], shown: "W", label: "key.duty" },
  { command: "log", codes: ["KeyH"], shown: "H", label: "key.log" },
  { command: "results", codes: ["KeyU"], shown: "U", label: "key.results" },
  { command: "holds", codes: ["Shift+KeyZ"], shown: "Shift+Z", label: "key.holds" },
  { command: "drills", codes: ["Shift+KeyT"], shown: "Shift+T", label: "key.drills" },
  { command: "services", codes: ["Shift+KeyS"], shown: "Shift+S", label: "key.services" },
  { command: "replay", codes: ["Shift+KeyR"], shown: "Shift+R", label: "key.replay" },
  { command: "back", codes: ["Escape"], shown: "Esc", label: "key.back" },
  { command: "mute", codes: ["KeyM"], shown: "M", label: "key.mute" },
  { command: "language", codes: ["KeyL"], shown: "L", label: "key.language" },
  { command: "theme", codes: ["KeyT"], shown: "T", label: "key.theme" },
  { command: "scale", codes: ["KeyS"], shown: "S", label: "key.scale" },
  { command: "help", codes: ["Shift+Slash", "F1"], shown: "?", label: "key.help" },
];

/** Held down they go on. Any other command is one press: a key that is held must not take the step behind the one that it took. */
const repeating: ReadonlySet<Command> = new Set(["next", "previous", "further", "nearer", "patrolOn", "patrolBack"]);

const byCode = new Map(keyBindings.flatMap((binding) => binding.codes.map((code) => [code, binding.command] as const)));

type Pressed = Pick<KeyboardEvent, "code" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey" | "target">;

/** Whatever is pressed there is written there, or a dialog's. */
export const isTakenByField = (target: Element): boolean => target.closest("input, textarea, select, [contenteditable], [role=dialog]") !== null;

/** The command of a key press; null where the press belongs to a field, a button, a dialog or the browser. */
export function commandOf(event: Pressed): Command | null {
  if (event.altKey || event.metaKey) return null;
  const command = byCode.get(`${event.ctrlKey ? "Ctrl+" : ""}${event.shiftKey ? "Shift+" : ""}${event.code}`) ?? null;
  const target = event.target instanceof Element ? event.target : null;
  if (command === "back" || !target) return command;
  if (isTakenByField(target)) return null;
  // Enter and Space press the focused control, arrows move inside the map, digits choose among answers that are open.
  if ((command === "open" || event.code === "Space") && target.closest("button, a, summary")) return null;
  if (/^(?:Digit|Numpad)\d$/.test(event.code) && target.closest("[data-own-digits]")) return null;
  if (event.code.startsWith("Arrow") && target.closest("[data-own-arrows]")) return null;
  return command;
}

/** Runs `run` for each command pressed anywhere on the page; `run` answers whether it took it. */
export function useKeys(run: (command: Command) => boolean): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const command = commandOf(event);
      if (!command) return;
      const again = event.repeat && !repeating.has(command);
      if (again || latest.current(command)) event.preventDefault();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}
