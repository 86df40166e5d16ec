import { useEffect, useState } from "react";

import type { Api } from "../api/client";
import type { Duty, Names, Role } from "../api/types";
import { useName } from "../ui/i18n";
import { plans } from "./duty";

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

/** The same, and for those alone who may know all people also the names of who sits nowhere. */
export function useAnyName(api: Api, role: Role, seats: Seats): (actor: string) => string {
  const name = useName();
  const seated = usePersonName(seats);
  const [people, setPeople] = useState<ReadonlyMap<string, Names>>(new Map());
  useEffect(() => {
    if (plans(role)) void api.people().then((answer) => answer.ok && setPeople(new Map(answer.value.map((person) => [person.id, person.name]))));
  }, [api, role]);
  return (actor) => name(people.get(actor.slice(actor.indexOf(":") + 1)), "") || seated(actor);
}
