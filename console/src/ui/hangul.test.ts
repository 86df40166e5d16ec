import { expect, test } from "vitest";

import { finds, folded, leadingConsonants } from "./hangul";

const found = (query: string, text: string) => finds(folded(query), text);

test("leading consonants find a place, with spaces or without", () => {
  expect(leadingConsonants("서울숲 2번")).toBe("ㅅㅇㅅ2ㅂ");
  for (const query of ["ㅅㅇㅅ", "ㅅㅇ ㅅ", "ㅇㅅ"]) expect(found(query, "서울숲 공원"), query).toBe(true);
  expect(found("ㄱㄴㅇ", "강남역")).toBe(true);
  expect(found("ㄱㄴㄷ", "강남역")).toBe(false);
});

test("what an input method made one consonant of is two", () => {
  expect(folded("ㄳ")).toBe("ㄱㅅ");
  expect(found("ㄳ", "강서구청")).toBe(true);
  expect(found("ㅄ", "봉수")).toBe(true);
});

test("conjoining letters and decomposed syllables are the same letters", () => {
  expect(found("\u1109\u110b\u1109", "서울숲")).toBe(true);
  expect(found("서울숲".normalize("NFD"), "서울숲")).toBe(true);
  expect(found("ㅅㅇㅅ", "서울숲".normalize("NFD"))).toBe(true);
});

test("a part, whatever its case, and words in any order", () => {
  expect(found("forest", "Seoul Forest")).toBe(true);
  expect(found("숲 112", "112 긴급영상 서울숲")).toBe(true);
  expect(found("숲 119", "112 긴급영상 서울숲")).toBe(false);
});

test("a vowel or a syllable among the consonants is searched as it stands", () => {
  expect(found("ㅅㅏ", "사거리")).toBe(false);
  expect(found("서ㅇ", "서울숲")).toBe(false);
});
