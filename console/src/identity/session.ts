import { createApi, type Api } from "../api/client";
import type { Problem } from "../api/result";
import type { User } from "../api/types";
import type { MessageKey } from "../ui/i18n";
import { createStore } from "../ui/store";

interface SessionState {
  user: User | null;
  /** The server ended the session; the login says so. */
  expired: boolean;
}

/** The one place that holds the token: memory only, gone with the page. */
export class SessionKeeper {
  readonly store = createStore<SessionState>({ user: null, expired: false });
  readonly api: Api;
  private token_: string | null = null;

  constructor(send?: typeof fetch) {
    this.api = createApi({
      token: this.token,
      onUnauthenticated: () => this.drop(true),
      ...(send ? { fetch: send } : {}),
    });
  }

  token = (): string | null => this.token_;

  async login(user: string, password: string): Promise<Problem | null> {
    const answer = await this.api.login(user, password);
    if (!answer.ok) return answer.error;
    this.token_ = answer.value.token;
    this.store.set({ user: answer.value.user, expired: false });
    return null;
  }

  logout(): void {
    if (this.token_) void this.api.logout(this.token_);
    this.drop(false);
  }

  /** The server has ended the session. */
  expire(): void {
    this.drop(true);
  }

  private drop(expired: boolean): void {
    if (this.token_ === null) return;
    this.token_ = null;
    this.store.set({ user: null, expired });
  }
}

export function loginMessage(problem: Problem): MessageKey {
  if (problem.status === 429) return "login.many";
  return problem.status === 400 || problem.status === 401 ? "login.bad" : "login.down";
}
