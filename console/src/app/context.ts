import { createContext, useContext } from "react";

import type { Api } from "../api/client";
import type { User } from "../api/types";
import { useStore } from "../ui/store";
import type { DeskModel, DeskState } from "./model";

export interface Seat {
  api: Api;
  user: User;
  model: DeskModel;
  logout: () => void;
}

export const SeatContext = createContext<Seat | null>(null);

/** The seat of who is logged in. Only below the login. */
export function useSeat(): Seat {
  const seat = useContext(SeatContext);
  if (!seat) throw new Error("useSeat is used outside a session");
  return seat;
}

export function useDesk<V>(select: (state: DeskState) => V): V {
  return useStore(useSeat().model.store, select);
}
