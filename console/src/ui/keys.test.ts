import { cleanup, fireEvent, renderHook } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";

import { commandOf, keyBindings, useKeys } from "./keys";
import { translate } from "./i18n";

const press = (code: string, target: EventTarget | null = null, more: Partial<KeyboardEvent> = {}) =>
  commandOf({ code, target, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...more });

function element(html: string, selector: string): Element {
  document.body.innerHTML = html;
  const found = document.querySelector(selector);
  if (!found) throw new Error(`no ${selector}`);
  return found;
}
afterEach(() => {
  cleanup();
  document.body.innerHTML = "";
});

test("no key stands for two commands and no command stands twice", () => {
  const codes = keyBindings.flatMap((binding) => binding.codes);
  const commands = keyBindings.map((binding) => binding.command);
  expect(new Set(codes).size).toBe(codes.length);
  expect(new Set(commands).size).toBe(commands.length);
});

test("every key is explained in both languages", () => {
  for (const binding of keyBindings) {
    expect(translate("ko", binding.label, binding.params)).not.toMatch(/\{/);
    expect(translate("en", binding.label, binding.params)).not.toMatch(/\{/);
  }
});

test("the acts, the spot keys and the sheet are on the keys that operators learn", () => {
  const learnt: [string, string][] = [
    ["KeyA", "receive"], ["KeyC", "close"], ["KeyN", "note"], ["KeyX", "cancel"], ["Enter", "open"], ["KeyJ", "next"],
    ["KeyK", "previous"], ["Digit1", "spot1"], ["Numpad6", "spot6"], ["KeyG", "map"], ["KeyF", "full"], ["Escape", "back"],
    ["KeyL", "language"], ["KeyT", "theme"],
  ];
  for (const [code, command] of learnt) expect(press(code), code).toBe(command);
  expect(press("Slash", null, { shiftKey: true })).toBe("help");
});

test("letters typed into a field are no commands, Escape is", () => {
  const field = element("<textarea></textarea>", "textarea");
  expect(press("KeyC", field)).toBeNull();
  expect(press("Escape", field)).toBe("back");
});

test("Enter on a button presses the button", () => {
  expect(press("Enter", element("<button></button>", "button"))).toBeNull();
  expect(press("KeyA", element("<button></button>", "button"))).toBe("receive");
});

test("the browser keeps its own shortcuts", () => {
  expect(press("KeyC", null, { ctrlKey: true })).toBeNull();
  expect(press("KeyT", null, { metaKey: true })).toBeNull();
});

test("the palette opens by / and by Ctrl+K, and not out of a field", () => {
  expect(press("Slash")).toBe("palette");
  expect(press("KeyK", null, { ctrlKey: true })).toBe("palette");
  expect(press("KeyK", null, { ctrlKey: true, shiftKey: true })).toBeNull();
  const field = element("<input />", "input");
  expect(press("Slash", field)).toBeNull();
  expect(press("KeyK", field, { ctrlKey: true })).toBeNull();
});

test("arrows inside the map move the map", () => {
  const map = element("<div data-own-arrows><canvas></canvas></div>", "canvas");
  expect(press("ArrowDown", map)).toBeNull();
  expect(press("KeyJ", map)).toBe("next");
});

test("handing over, commanding, merging, replaying, drills and the procedure have keys of their own; with Shift they are others", () => {
  const learnt: [string, string, string | null][] = [
    ["Space", "step", "skipStep"], ["KeyA", "receive", "heard"], ["KeyZ", "hold", "holds"], ["KeyO", "handOver", null], ["KeyI", "takeOver", null], ["KeyQ", "command", null],
    ["KeyM", "mute", "merge"], ["KeyR", "find", "replay"], ["KeyT", "theme", "drills"],
  ];
  for (const [code, plain, shifted] of learnt) {
    expect(press(code), code).toBe(plain);
    expect(press(code, null, { shiftKey: true }), `Shift+${code}`).toBe(shifted);
  }
});

test("Space on a button presses the button, with Shift too", () => {
  const button = element("<button></button>", "button");
  expect(press("Space", button)).toBeNull();
  expect(press("Space", button, { shiftKey: true })).toBeNull();
  expect(press("Space", element("<ul tabindex='0'></ul>", "ul"))).toBe("step");
});

test("digits among open answers are the answers'", () => {
  const answers = element("<div data-own-digits><button></button></div>", "button");
  expect(press("Digit1", answers)).toBeNull();
  expect(press("Numpad3", answers)).toBeNull();
  expect(press("Escape", answers)).toBe("back");
  expect(press("Digit1", element("<div></div>", "div"))).toBe("spot1");
});

test("a key that is held is one press, except to move", () => {
  const run = vi.fn(() => true);
  renderHook(() => useKeys(run));
  for (const code of ["Space", "KeyJ"]) for (const repeat of [false, true, true]) fireEvent.keyDown(document.body, { code, repeat });
  expect(run.mock.calls).toEqual([["step"], ["next"], ["next"], ["next"]]);
});
