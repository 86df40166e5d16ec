import type { Duty } from "../api/types";
import { useName } from "../ui/i18n";

export type Seats = Duty["seats"];

/** The stay of somebody who sits at a seat now. */
export const stayOf = (seats: Seats, user: string) => seats.find((seat) => seat.taken?.user === user)?.taken ?? null;

/** Names of people as far as the seats tell them; of who has left, the end of the id, which is enough to tell two apart. Takes "user:…" too. */
export function usePersonName(seats: Seats): (actor: string) => string {
  const name = useName();
  return (actor) => {
    const user = actor.slice(actor.indexOf(":") + 1);
    return name(stayOf(seats, user)?.name ?? undefined, user.slice(-4));
  };
}
