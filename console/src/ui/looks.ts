import type { Command } from "./keys";
import { nextScale, toggleLanguage, toggleTheme } from "./prefs";

const changes: Partial<Record<Command, () => void>> = { language: toggleLanguage, theme: toggleTheme, scale: nextScale };

export const isLook = (command: Command): boolean => command in changes;

/** Changes how the page looks, where the command is one of those; answers whether it was. */
export function changeLook(command: Command): boolean {
  const change = changes[command];
  change?.();
  return change !== undefined;
}
