import { describe, expect, it } from "vitest";

import { en } from "../ui/en";
import { ko } from "../ui/ko";
import type { Translate } from "../ui/i18n";
import { causeText } from "./camera";

/** What src/ingest/cause.cpp and control say; a code without words would show the machine's English alone. */
const codes = [
  "settings", "address", "unknown_name", "no_route", "timed_out", "refused", "unreachable", "tls", "credentials", "denied", "hung_up",
  "no_answer", "protocol", "onvif", "no_video", "codec", "no_frames", "black", "frozen", "media_restarting", "site_unreachable",
];

describe("why a camera shows no picture", () => {
  for (const [language, words] of [["ko", ko], ["en", en]] as const) {
    const text: Translate = (key) => words[key];
    it(`has a word and a sentence for each code (${language})`, () => {
      const said = codes.map((causeCode) => causeText({ causeCode, cause: "cannot connect: No route to host" }, text));
      expect(new Set(said.map((one) => one?.word)).size).toBe(codes.length);
      for (const one of said) expect(one?.more).toMatch(/^.{8,} \(cannot connect: No route to host\)$/u);
    });
  }

  const text: Translate = (key) => en[key];
  it("is nothing of a healthy camera", () => {
    expect(causeText({}, text)).toBeNull();
  });
  it("is the machine's own words where the code is not known", () => {
    expect(causeText({ cause: "on fire", causeCode: "fire" }, text)).toEqual({ word: "on fire", more: "on fire" });
    expect(causeText({ causeCode: "fire" }, text)).toBeNull();
  });
});
