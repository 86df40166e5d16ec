import { useEffect, useRef } from "react";

import type { MessageKey } from "../ui/i18n";

export type ReplayCommand =
  | "turn" | "slower" | "faster" | "back" | "on" | "farBack" | "farOn" | "first" | "last" | "previous" | "next" | "skips" | "drill";

interface ReplayKey {
  command: ReplayCommand;
  /** KeyboardEvent.code, as for the desk. */
  codes: readonly string[];
  shown: string;
  label: MessageKey;
}

/** Every key of the replay. What is shown of them and the handler both come from here. */
export const replayKeys: readonly ReplayKey[] = [
  { command: "turn", codes: ["Space"], shown: "Space", label: "replay.turn" },
  { command: "slower", codes: ["BracketLeft"], shown: "[", label: "replay.slower" },
  { command: "faster", codes: ["BracketRight"], shown: "]", label: "replay.faster" },
  { command: "back", codes: ["ArrowLeft"], shown: "←", label: "replay.back" },
  { command: "on", codes: ["ArrowRight"], shown: "→", label: "replay.on" },
  { command: "farBack", codes: ["Shift+ArrowLeft"], shown: "Shift+←", label: "replay.farBack" },
  { command: "farOn", codes: ["Shift+ArrowRight"], shown: "Shift+→", label: "replay.farOn" },
  { command: "previous", codes: ["Comma"], shown: ",", label: "replay.previous" },
  { command: "next", codes: ["Period"], shown: ".", label: "replay.next" },
  { command: "first", codes: ["Home"], shown: "Home", label: "replay.first" },
  { command: "last", codes: ["End"], shown: "End", label: "replay.last" },
  { command: "skips", codes: ["KeyS"], shown: "S", label: "replay.skips" },
  { command: "drill", codes: ["KeyT"], shown: "T", label: "replay.drill" },
];

/** Held down these go on. */
const repeating: ReadonlySet<ReplayCommand> = new Set(["back", "on", "farBack", "farOn", "previous", "next"]);
const byCode = new Map(replayKeys.flatMap(({ command, codes }) => codes.map((code) => [code, command] as const)));

type Pressed = Pick<KeyboardEvent, "code" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey" | "target">;

/** The command of a key press; null where the press belongs to a control, to the map or to the browser. */
export function replayCommandOf(event: Pressed): ReplayCommand | null {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const target = event.target instanceof Element ? event.target : null;
  if (event.code === "Space" && target?.closest("button, summary, [type=checkbox]")) return null;
  if (event.code.startsWith("Arrow") && target?.closest("[data-own-arrows]")) return null;
  return byCode.get(event.shiftKey ? `Shift+${event.code}` : event.code) ?? null;
}

/** Runs `run` for each command, wherever on the page the focus is: the replay covers all of it. Not while `isCovered` by a dialog itself. */
export function useReplayKeys(run: (command: ReplayCommand) => void, isCovered: boolean): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    if (isCovered) return;
    const listen = (event: KeyboardEvent) => {
      const command = event.defaultPrevented || event.isComposing ? null : replayCommandOf(event);
      if (!command) return;
      event.preventDefault();
      if (!event.repeat || repeating.has(command)) latest.current(command);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [isCovered]);
}
