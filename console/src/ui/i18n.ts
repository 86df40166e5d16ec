import { en } from "./en";
import { ko } from "./ko";
import { usePrefs, type Language } from "./prefs";

export type MessageKey = keyof typeof ko;
export type Params = Readonly<Record<string, string | number>>;
export type Translate = (key: MessageKey, params?: Params) => string;

const languages: Record<Language, Record<MessageKey, string>> = { ko, en };

/** The text of `key`, its {placeholders} filled from `params`; an unfilled one stays visible. */
export function translate(language: Language, key: MessageKey, params: Params = {}): string {
  return languages[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

export const isMessageKey = (key: string): key is MessageKey => key in ko;

export function useText(): Translate {
  const { language } = usePrefs();
  return (key, params) => translate(language, key, params);
}

/** A name that the server gives in both languages. */
export function useName(): (names: { ko: string; en: string } | undefined, otherwise: string) => string {
  const { language } = usePrefs();
  return (names, otherwise) => names?.[language] || names?.ko || otherwise;
}
