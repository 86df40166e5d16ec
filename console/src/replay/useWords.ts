import { useEffect, useMemo, useState } from "react";

import type { Api } from "../api/client";
import type { Grant, Names, Procedure, User } from "../api/types";
import { plans } from "../duty/duty";
import { usePersonName, type Seats } from "../duty/people";
import type { Words } from "../incident/Timeline";
import { useName } from "../ui/i18n";

interface Sources {
  api: Api;
  user: User;
  incident: string;
  seats: Seats;
  grants: ReadonlyMap<string, Grant>;
}

/** The record's codes in the user's language. Who has left the seat since has a name for those alone who may know all people. */
export function useWords({ api, user, incident, seats, grants }: Sources): Words {
  const name = useName();
  const seated = usePersonName(seats);
  const [people, setPeople] = useState<ReadonlyMap<string, Names>>(new Map());
  const [procedure, setProcedure] = useState<Procedure | null>(null);
  useEffect(() => {
    if (plans(user.role)) void api.people().then((answer) => answer.ok && setPeople(new Map(answer.value.map((person) => [person.id, person.name]))));
  }, [api, user.role]);
  useEffect(() => void api.procedure(incident).then((answer) => answer.ok && setProcedure(answer.value)), [api, incident]);
  const purposes = useMemo(() => new Map([...grants.values()].map((grant) => [grant.purpose, grant.purposeName])), [grants]);
  return {
    here: incident,
    purposeOf: (code) => name(purposes.get(code), code),
    personOf: (actor) => name(people.get(actor.slice(actor.indexOf(":") + 1)), "") || seated(actor),
    stepOf: (key) => name(procedure?.steps.find((step) => step.key === key)?.text, key),
  };
}
