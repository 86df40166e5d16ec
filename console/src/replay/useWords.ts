import { useEffect, useMemo, useState } from "react";

import type { Api } from "../api/client";
import type { Grant, Procedure, User } from "../api/types";
import { useAnyName, type Seats } from "../duty/people";
import type { Words } from "../incident/Timeline";
import { useName } from "../ui/i18n";

interface Sources {
  api: Api;
  user: User;
  incident: string;
  seats: Seats;
  grants: ReadonlyMap<string, Grant>;
}

/** The record's codes in the user's language. */
export function useWords({ api, user, incident, seats, grants }: Sources): Words {
  const name = useName();
  const personOf = useAnyName(api, user.role, seats);
  const [procedure, setProcedure] = useState<Procedure | null>(null);
  useEffect(() => void api.procedure(incident).then((answer) => answer.ok && setProcedure(answer.value)), [api, incident]);
  const purposes = useMemo(() => new Map([...grants.values()].map((grant) => [grant.purpose, grant.purposeName])), [grants]);
  return {
    here: incident,
    purposeOf: (code) => name(purposes.get(code), code),
    personOf,
    stepOf: (key) => name(procedure?.steps.find((step) => step.key === key)?.text, key),
  };
}
