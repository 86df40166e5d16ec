/** Digits that were pressed one after the other, and when the last one was (ms). */
export interface Typed {
  digits: string;
  at: number;
}

/** A digit after a longer rest begins another number. */
export const kTypedWithinMs = 2500;
/** No camera's number is longer. */
const kDigitsMax = 8;
/** These are the tiles' keys too. */
const spots = "123456";

export function typedOn(typed: Typed | null, digit: string, now: number): Typed {
  const goesOn = typed && now - typed.at <= kTypedWithinMs && typed.digits.length < kDigitsMax;
  return { digits: (goesOn ? typed.digits : "") + digit, at: now };
}

/** The number that Enter calls now; null where nothing was typed, or one digit that only brought a tile to the spot. */
export function calledNow(typed: Typed | null, now: number): string | null {
  if (!typed || now - typed.at > kTypedWithinMs) return null;
  return typed.digits.length > 1 || !spots.includes(typed.digits) ? typed.digits : null;
}

/** Nothing but a number begins like this: its other digits are no tiles' keys. */
export const isNumber = (typed: Typed | null, now: number): boolean => typed !== null && now - typed.at <= kTypedWithinMs && !spots.includes(typed.digits.charAt(0));
