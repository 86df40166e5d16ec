import { createStore, useStore } from "./store";

export type Language = "ko" | "en";
export type Theme = "dark" | "light";
export type Scale = 100 | 125 | 150;

/** Kept in memory only, as everything on a shared seat. */
export const prefs = createStore<{ language: Language; theme: Theme; scale: Scale }>({
  language: "ko",
  theme: "dark",
  scale: 100,
});

function apply(): void {
  const { language, theme, scale } = prefs.get();
  const root = document.documentElement;
  root.lang = language;
  root.dataset.theme = theme;
  root.style.fontSize = `${(15 * scale) / 100}px`;
}

export function startPrefs(): void {
  prefs.subscribe(apply);
  apply();
}

export const toggleLanguage = () => prefs.set((now) => ({ language: now.language === "ko" ? "en" : "ko" }));
export const toggleTheme = () => prefs.set((now) => ({ theme: now.theme === "dark" ? "light" : "dark" }));
export const nextScale = () =>
  prefs.set((now) => ({ scale: now.scale === 100 ? 125 : now.scale === 125 ? 150 : 100 }));

export const usePrefs = () => useStore(prefs, (state) => state);
