import { useEffect, useState } from "react";

import type { User } from "../api/types";
import { Login } from "../identity/Login";
import type { SessionKeeper } from "../identity/session";
import { useText } from "../ui/i18n";
import { told } from "../ui/leaving";
import { useStore } from "../ui/store";
import { dropSpare, keepSpare } from "../view/connections";
import { Agency } from "./Agency";
import { SeatContext, type Seat } from "./context";
import { Desk } from "./Desk";
import { DeskModel } from "./model";
import { mayWatch } from "./useVideo";

/** The login, then the page of the role. */
export function App({ keeper }: { keeper: SessionKeeper }) {
  const text = useText();
  const user = useStore(keeper.store, (state) => state.user);
  const title = `${text("app.name")} – ${text("app.title")}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  return user ? <SeatOf key={user.id} keeper={keeper} user={user} /> : <Login keeper={keeper} />;
}

function SeatOf({ keeper, user }: { keeper: SessionKeeper; user: User }) {
  const [seat] = useState<Seat>(() => ({
    api: keeper.api,
    user,
    model: new DeskModel(keeper.api, user, keeper.token, () => keeper.expire()),
    logout: () => void told().then(() => keeper.logout()),
  }));
  useEffect(() => {
    seat.model.start();
    if (mayWatch(user.role)) keepSpare();
    return () => {
      seat.model.stop();
      dropSpare();
    };
  }, [seat, user.role]);
  return <SeatContext value={seat}>{user.role === "agency" ? <Agency /> : <Desk />}</SeatContext>;
}
