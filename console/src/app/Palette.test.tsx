// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, renderHook, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { camera } from "../test/samples";
import { ko } from "../ui/ko";
import { calledNow, typedOn, type Typed } from "./callUp";
import { Palette } from "./Palette";
import { calledBy, calledNumber, cameraOffer, cameraQuery, offered, type Offer } from "./palette";
import { useCallUp } from "./useCallUp";

// jsdom draws nothing.
Element.prototype.scrollIntoView = () => undefined;
afterEach(cleanup);

const command = (id: "help" | "close", title: string): Offer => ({ kind: "command", id, title, detail: "" });
const incident = (id: string, title: string): Offer => ({ kind: "incident", id, title, detail: "접수 대기" });
const commands = [command("help", "이 표"), command("close", "종료")];
const incidents = [incident("i1", "112 긴급영상 서울숲"), incident("i2", "비상벨 홍대입구역")];
const near = camera("11000-A50", 0, [127, 37.5]);
const far = camera("11440-0050", 0, [126.9, 37.5]);
const ids = (offers: readonly Offer[]) => offers.map(({ id }) => id);

test("an empty field offers what can be done and what is open, and asks nobody", () => {
  expect(ids(offered("", commands, incidents, []))).toEqual(["help", "close", "i1", "i2"]);
  expect(cameraQuery("  ")).toBeNull();
});

test("initial consonants find an incident by its place, whatever made them", () => {
  for (const query of ["ㅅㅇㅅ", "서울숲", "ㄱㄱㅇㅅ"]) expect(ids(offered(query, commands, incidents, []))).toEqual(["i1"]);
  expect(cameraQuery("ㄳ")).toBe("ㄱㅅ");
  expect(cameraQuery("a\u0000b\nc")).toBe("a b c");
  expect([...(cameraQuery("가".repeat(300)) ?? "")]).toHaveLength(100);
});

test("a number finds the camera that it calls first", () => {
  const cameras = [camera("11000-0150", 0, [127, 37]), far, near].map(cameraOffer);
  expect(ids(offered("50", commands, incidents, cameras))).toEqual(["11440-0050", "11000-A50", "11000-0150"]);
  expect(calledNumber("11440-0012")).toBe("12");
  expect(calledNumber("11000-door")).toBeNull();
});

test("of several cameras with one number those on the screen are meant", () => {
  expect(calledBy("0050", [near, far], [])).toEqual([near, far]);
  expect(calledBy("50", [near, far], [far.id])).toEqual([far]);
  expect(calledBy("7", [near, far], [])).toEqual([]);
});

test("digits are a number from the second one on, or where no tile has them; a rest ends it", () => {
  const typed = (...digits: [string, number][]) => digits.reduce<Typed | null>((before, [digit, at]) => typedOn(before, digit, at), null);
  expect(calledNow(typed(["1", 0]), 10)).toBeNull();
  expect(calledNow(typed(["1", 0], ["2", 300]), 400)).toBe("12");
  expect(calledNow(typed(["0", 0]), 10)).toBe("0");
  expect(calledNow(typed(["1", 0], ["2", 9000]), 9010)).toBeNull();
  expect(calledNow(typed(["1", 0], ["2", 300]), 9000)).toBeNull();
});

test("Enter behind a number calls it and presses no button; without one it is the button's", () => {
  const call = vi.fn();
  const { result } = renderHook(() => useCallUp(call));
  document.body.innerHTML = "<button></button><input>";
  const [button, field] = [document.querySelector("button") as Element, document.querySelector("input") as Element];
  const press = (code: string, target: Element, more = {}) => {
    let goesOn = true;
    act(() => void (goesOn = fireEvent.keyDown(target, { code, ...more })));
    return goesOn;
  };
  expect(press("Enter", button)).toBe(true);
  for (const code of ["Digit1", "Numpad2"]) press(code, button);
  expect(result.current).toBe("12");
  expect(press("Enter", button)).toBe(false);
  expect(call.mock.calls).toEqual([["12"]]);
  const heard = vi.fn();
  window.addEventListener("keydown", (event) => heard(event.code));
  for (const code of ["Digit0", "Digit1", "KeyJ", "Digit1"]) press(code, button);
  expect(heard.mock.calls.flat(), "behind a 0 no digit is a tile's").toEqual(["Digit0", "KeyJ", "Digit1"]);
  press("KeyJ", button);
  for (const code of ["Digit1", "Digit2", "Enter"]) press(code, field);
  for (const code of ["Digit1", "Digit2", "KeyJ", "Enter"]) press(code, button);
  for (const code of ["Digit1", "Digit2", "Enter"]) press(code, button, { isComposing: true });
  expect(call).toHaveBeenCalledTimes(1);
});

function show(findCameras = vi.fn(async () => [near] as (typeof near)[] | null)) {
  const onTake = vi.fn();
  const onClose = vi.fn();
  render(<Palette initial="" commands={commands} incidents={incidents} findCameras={findCameras} onTake={onTake} onClose={onClose} />);
  const field = screen.getByRole("combobox");
  const type = (value: string) => fireEvent.change(field, { target: { value } });
  const active = () => document.getElementById(field.getAttribute("aria-activedescendant") ?? "")?.dataset.id;
  return { field, type, active, onTake, onClose, findCameras };
}

test("arrows choose, Enter takes; the field keeps the focus and says what is chosen", async () => {
  const { field, active, onTake, onClose } = show();
  expect(document.activeElement).toBe(field);
  expect(active()).toBe("help");
  for (const code of ["ArrowDown", "ArrowDown", "ArrowUp"]) fireEvent.keyDown(field, { code });
  expect(active()).toBe("close");
  fireEvent.keyDown(field, { code: "Enter", isComposing: true });
  expect(onTake).not.toHaveBeenCalled();
  fireEvent.keyDown(field, { code: "Enter" });
  expect(onTake).toHaveBeenCalledExactlyOnceWith(commands[1]);
  expect(onClose).toHaveBeenCalledOnce();
});

test("cameras come from the server, once for what was typed in one go; an answer that did not come is said", async () => {
  const { type, findCameras } = show(vi.fn(async (query: string) => (query === "없음" ? null : [near])) as never);
  for (const query of ["ㅅ", "ㅅㅇ", "ㅅㅇㅅ"]) type(query);
  await waitFor(() => expect(screen.getAllByRole("option").map((option) => option.dataset.id)).toEqual(["i1", near.id]));
  expect((findCameras.mock.calls as unknown as [string][]).map(([query]) => query)).toEqual(["ㅅㅇㅅ"]);
  type("없음");
  await waitFor(() => expect(screen.getByRole("status").textContent).toBe(ko["palette.notAsked"]));
});
