import type { ChosenCamera } from "../api/types";

/** What a camera is to a target that moves: it sees it, it comes there, it leaves by there, it was there. */
export type Part = "now" | "next" | "exit" | "leaving";

export function partOf(camera: ChosenCamera | undefined): Part {
  const has = (word: string) => camera?.reasons.some((reason) => reason === word || reason.startsWith(`${word}:`)) ?? false;
  return has("leaving") ? "leaving" : has("next") ? "next" : has("exit") ? "exit" : "now";
}

export const movesOn = (chosen: readonly ChosenCamera[]): boolean => chosen.some((camera) => partOf(camera) !== "now");
