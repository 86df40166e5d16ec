import { createApi, type Api } from "../api/client";
import type { Problem } from "../api/result";
import type { User } from "../api/types";
import type { MessageKey } from "../ui/i18n";
import { createStore } from "../ui/store";

interface SessionState {
  user: User | null;
  /** Why the server ended the session: its time was over, or the account logged in elsewhere. The login says so. */
  ended: "expired" | "replaced" | null;
}

/** The one place that holds the token: memory only, gone with the page. */
export class SessionKeeper {
  readonly store = createStore<SessionState>({ user: null, ended: null });
  readonly api: Api;
  private token_: string | null = null;

  constructor(send?: typeof fetch) {
    this.api = createApi({
      token: this.token,
      onUnauthenticated: () => this.expire(),
      ...(send ? { fetch: send } : {}),
    });
  }

  token = (): string | null => this.token_;

  async login(user: string, password: string): Promise<Problem | null> {
    const answer = await this.api.login(user, password);
    if (!answer.ok) return answer.error;
    this.token_ = answer.value.token;
    this.store.set({ user: answer.value.user, ended: null });
    return null;
  }

  logout(): void {
    if (this.token_) void this.api.logout(this.token_);
    this.drop(null);
  }

  /** The server has ended the session: the seat is dark at once, and asks why afterwards. */
  expire(): void {
    const token = this.token_;
    if (token === null) return;
    this.drop("expired");
    void this.api.wasReplaced(token).then((replaced) => {
      if (replaced && this.token_ === null) this.store.set({ user: null, ended: "replaced" });
    });
  }

  private drop(ended: SessionState["ended"]): void {
    this.token_ = null;
    this.store.set({ user: null, ended });
  }
}

export function loginMessage(problem: Problem): MessageKey {
  if (problem.status === 429) return "login.many";
  return problem.status === 400 || problem.status === 401 ? "login.bad" : "login.down";
}
