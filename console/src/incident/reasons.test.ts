import { expect, test } from "vitest";

import { isMessageKey, translate, type Translate } from "../ui/i18n";
import { reasonText } from "./reasons";

const ko: Translate = (key, params) => translate("ko", key, params);
const en: Translate = (key, params) => translate("en", key, params);

test("codes become words with their values and units", () => {
  expect(reasonText("distance:42m", ko)).toBe("거리 42 m");
  expect(reasonText("in_view:12deg", en)).toBe("12° off centre");
  expect(reasonText("out_of_view:75deg", ko)).toBe("화각 밖 75°");
  expect(reasonText("ptz", ko)).toBe("회전 가능");
});

test("every code of the camera choice is known in both languages", () => {
  for (const code of ["distance:1m", "in_view:1deg", "ptz", "out_of_view:1deg", "out_of_range", "healthy", "idle", "other_side", "same_side", "hidden", "next:12s", "exit:40s", "leaving", "turns_back"]) {
    expect(isMessageKey(`reason.${code.split(":")[0]}`), code).toBe(true);
    expect(reasonText(code, ko), code).not.toContain("{");
  }
});

test("an unknown code is shown as it came", () => {
  expect(reasonText("moonlight:3lx", ko)).toBe("moonlight:3lx");
});
