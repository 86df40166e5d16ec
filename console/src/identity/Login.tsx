import { useState, type FormEvent } from "react";

import { useStore } from "../ui/store";
import { useText, type MessageKey } from "../ui/i18n";
import { toggleLanguage, toggleTheme, usePrefs } from "../ui/prefs";
import { unlockSound } from "../ui/sound";
import { loginMessage, type SessionKeeper } from "./session";

/** The door. Korean first. */
export function Login({ keeper }: { keeper: SessionKeeper }) {
  const text = useText();
  const { theme } = usePrefs();
  const ended = useStore(keeper.store, (state) => state.ended);
  const [busy, setBusy] = useState(false);
  const [message, setMessage] = useState<MessageKey | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setMessage(null);
    void unlockSound(); // The press of the button is the gesture that the browser asks for.
    const problem = await keeper.login(String(form.get("user") ?? ""), String(form.get("password") ?? ""));
    if (!problem) return;
    setBusy(false);
    setMessage(loginMessage(problem));
  }

  const shown = message ?? (ended ? (`login.${ended}` as const) : null);
  return (
    <main className="login">
      <form onSubmit={submit} aria-busy={busy}>
        <img src="/favicon.svg" alt="" width="40" height="40" />
        <h1>{text("app.name")}</h1>
        <p className="dim">{text("app.title")}</p>
        <label>
          {text("login.user")}
          <input name="user" autoComplete="username" required autoFocus maxLength={64} />
        </label>
        <label>
          {text("login.password")}
          <input name="password" type="password" autoComplete="current-password" required maxLength={256} />
        </label>
        <p role="alert" className="form-error">
          {shown && text(shown)}
        </p>
        <button type="submit" className="primary" disabled={busy}>
          {text(busy ? "login.busy" : "login.submit")}
        </button>
        <p className="dim small">{text("login.notice")}</p>
        <div className="row">
          <button type="button" className="quiet" onClick={toggleLanguage}>
            {text("login.language")}
          </button>
          <button type="button" className="quiet" onClick={toggleTheme}>
            {text(theme === "dark" ? "theme.light" : "theme.dark")}
          </button>
        </div>
      </form>
    </main>
  );
}
