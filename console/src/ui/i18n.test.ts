import { expect, test } from "vitest";

import { en } from "./en";
import { translate, type MessageKey } from "./i18n";
import { ko } from "./ko";

const holes = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
const hangul = /[\u3131-\u318e\uac00-\ud7a3]/;
const bilingual: ReadonlySet<string> = new Set(["login.language", "key.language"]);

test("English has exactly the keys of Korean", () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(ko).sort());
});

test("no text is empty and both languages fill the same placeholders", () => {
  for (const key of Object.keys(ko) as MessageKey[]) {
    expect(ko[key].trim(), key).not.toBe("");
    expect(en[key].trim(), key).not.toBe("");
    expect(holes(en[key]), key).toEqual(holes(ko[key]));
  }
});

test("English holds no Korean left over", () => {
  for (const [key, text] of Object.entries(en)) if (!bilingual.has(key)) expect(hangul.test(text), key).toBe(false);
});

test("a placeholder without a value stays visible", () => {
  expect(translate("ko", "queue.waiting", { n: 3 })).toBe("미접수 3");
  expect(translate("en", "queue.waiting")).toBe("{n} waiting");
});
