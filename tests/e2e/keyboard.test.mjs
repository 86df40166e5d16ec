// The keys of the desk: how many each task takes, that each key on the sheet does something where it is of use, that the focus is never
// lost, that no key acts while somebody writes, and all of it with a Korean keyboard and its input method.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { City, camerasLive, hongdae, seoulForest, until } from "../integration/city.mjs";
import { Partner, newNumber } from "../integration/partner.mjs";
import { launch, sitDown } from "./seat.mjs";

let city, browser, room, desk, officer, chief, reader;
/** The rows of the sheet whose keys did something. */
const worked = new Set();
/** Presses, by seat. */
const presses = new Map();

before(async () => {
  city = await City.start();
  await city.ready();
  browser = await launch();
  reader = await city.login("supervisor1");
  room = await Partner.open(city);
  [desk, officer, chief] = await Promise.all([sitDown(browser, city, { width: 1920, height: 1080 }), sitDown(browser, city), sitDown(browser, city)]);
  await Promise.all([desk.login(city.account("operator1")), officer.login(city.account("police1")), chief.login(city.account("supervisor1"))]);
  for (const seat of [desk, officer]) await seat.atRest();
  await camerasLive(reader, seoulForest, 40_000);
});

after(async () => {
  await browser?.close();
  await city?.stop();
});

let failed = false;
/** One goes on from where the other ended: after a failure the rest is not tried. */
const step = (name, run) =>
  test(name, async (context) => {
    if (failed) return context.skip("one before it failed");
    failed = true;
    await run();
    failed = false;
  });

const kDialog = "[role=dialog]";
const settled = (seat) => seat.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))));
const focus = (seat) =>
  seat.page.evaluate(() => {
    const at = document.activeElement;
    return at === document.body ? "nothing" : `${at.getAttribute("role") ?? at.tagName.toLowerCase()} ${at.getAttribute("aria-label") ?? at.dataset.testid ?? at.name ?? ""}`.trim();
  });
const read = (seat, selector, what = "textContent") => seat.page.evaluate(([at, name]) => document.querySelector(at)?.[name] ?? null, [selector, what]);
const attribute = (seat, selector, name) => seat.page.evaluate(([at, key]) => document.querySelector(at)?.getAttribute(key) ?? null, [selector, name]);
const marked = (seat) => attribute(seat, ".incident-row.marked", "data-incident");
const selected = (seat) => attribute(seat, ".incident-row.selected", "data-incident");
const spot = (seat) => attribute(seat, "[data-testid=spot-tile]", "data-place");
const gone = (seat, selector) => until(`${selector} is gone`, async () => (await seat.count(selector)) === 0);

/** Presses keys; after each the keyboard stands somewhere. */
async function key(seat, ...keys) {
  for (const each of keys) {
    presses.set(seat, (presses.get(seat) ?? 0) + 1);
    await seat.press(each);
    await settled(seat);
    await until(`the focus stands somewhere after ${each}`, async () => (await focus(seat)) !== "nothing", { within: 2000 });
  }
}

/** How many presses `work` took. */
async function counted(seat, work) {
  const begun = presses.get(seat) ?? 0;
  await work();
  return (presses.get(seat) ?? 0) - begun;
}

/** A row of the sheet: its keys pressed one after the other, and what is seen of each. */
async function row(shown, seat, keys, effect) {
  for (const each of keys) {
    const seen = await effect(each, "before");
    await key(seat, each);
    await until(`${shown}: ${each} does something`, async () => (await effect(each, "after", seen)) === true, { within: 5000 });
  }
  worked.add(shown);
}
/** What changes by each press. */
const changes = (look) => async (_, when, seen) => (when === "before" ? look() : JSON.stringify(await look()) !== JSON.stringify(seen));
/** What opens by it, focus inside; Escape closes it, and the focus is where it was. */
async function opens(shown, seat, keys, what) {
  for (const each of keys) {
    const stood = await focus(seat);
    await key(seat, each);
    await seat.shows(what, 5000);
    assert.ok(await seat.page.evaluate((at) => document.querySelector(at)?.contains(document.activeElement), kDialog), `${shown}: the focus is inside`);
    await key(seat, "Escape");
    await gone(seat, kDialog);
    assert.equal(await focus(seat), stood, `${shown}: the focus is back`);
  }
  worked.add(shown);
}

const calls = async ({ position, place }, more = {}) => {
  const number = newNumber();
  await room.tell({ number, position, place, ...more });
  return until("the incident is there", async () => (await reader.get("/api/v1/incidents?limit=20")).items.find((item) => item.number === number)?.id);
};
const now = (incident) => reader.get(`/api/v1/incidents/${incident}`);

step("the keyboard stands in the queue after the login", async () => {
  for (const seat of [desk, officer, chief]) assert.match(await focus(seat), /^listbox /);
});

step("the patrol: on, back, held, each by a key", async () => {
  await desk.shows("[data-testid=patrol]");
  const at = () => attribute(desk, "[data-testid=patrol]", "data-at");
  await row("]", desk, ["]"], changes(at));
  await row("[", desk, ["["], changes(at));
  await row("P", desk, ["p", "p"], changes(() => read(desk, ".patrol-acts [aria-pressed]", "ariaPressed")));
  const stops = Number(await attribute(desk, "[data-testid=patrol]", "data-stops"));
  for (let stop = 1; stop < stops; stop++) await key(desk, "]");
});

step("what opens over the desk takes the focus, and Escape gives it back", async () => {
  await opens("W", officer, ["w"], "[data-testid=duty]");
  await opens("H", officer, ["h"], "[data-testid=log]");
  await opens("E", officer, ["e"], "[data-testid=dead-letters]");
  await opens("B", officer, ["b"], "[data-testid=alarms]");
  await opens("Shift+Z", officer, ["Shift+Z"], "[data-testid=holds]");
  await opens("Shift+T", officer, ["Shift+T"], "[data-testid=drills]");
  await opens("Shift+S", officer, ["Shift+S"], "[data-testid=services]");
  await opens("U", chief, ["u"], ".results");
  await chief.context.close();
  await opens("?", officer, ["Shift+?", "F1"], ".keys");
  await opens("/ Ctrl+K", officer, ["/", "NumpadDivide", "Control+k"], "[data-testid=palette]");
  await key(officer, "u");
  assert.equal(await officer.count(kDialog), 0, "the results are for who plans");
});

step("how the desk looks and sounds", async () => {
  const root = (name) => () => read(officer, "html", name);
  await row("L", officer, ["l", "l"], changes(root("lang")));
  await row("T", officer, ["t", "t"], changes(() => attribute(officer, "html", "data-theme")));
  await row("S", officer, ["s", "s", "s"], changes(() => attribute(officer, "html", "style")));
  await row("M", officer, ["m", "m"], changes(() => officer.page.evaluate(() => document.querySelector(".strip").textContent.includes("소리 꺼짐"))));
});

step("the pass is confirmed by one key when its last screen has stood its time", async () => {
  await until("it has stood its time", () => desk.page.locator("[data-testid=patrol-confirm]").isEnabled(), { within: 20_000 });
  await row("Y", desk, ["y"], changes(() => attribute(desk, "[data-testid=patrol]", "data-pass")));
});

let forest;
step("a 112 request stands on the spot tile without a key, and one key receives it", async () => {
  const begun = [presses.get(desk), presses.get(officer)];
  forest = await calls(seoulForest);
  for (const seat of [desk, officer]) await seat.shows("[data-testid=spot-tile][data-state=live]", 30_000);
  assert.deepEqual([presses.get(desk), presses.get(officer)], begun, "no key was pressed");
  assert.equal(await selected(desk), forest);
  const keys = await counted(desk, () => row("A", desk, ["a"], changes(() => attribute(desk, "[data-testid=incident-card]", "data-state"))));
  assert.equal(keys, 1);
  assert.equal((await now(forest)).state, "received");
});

step("tiles, map, full picture: each digit its own tile, on the numbers' block too", async () => {
  const count = await desk.count(".tile");
  assert.equal(count, 6);
  for (let n = 6; n >= 1; n--) {
    await key(desk, n % 2 ? `Digit${n}` : `Numpad${n}`);
    await until(`tile ${n} is the spot`, async () => (await spot(desk)) === String(n));
    worked.add(String(n));
  }
  await row("F", desk, ["f", "f"], changes(() => desk.count(".board.full")));
  // No camera of the demonstration turns: the pad opens and says so.
  await row("P, Shift+P", desk, ["Shift+P", "Shift+P"], changes(() => desk.count("[data-testid=turn].open")));
  const boxes = [];
  const listen = (asked) => {
    const box = new URL(asked.url()).searchParams.get("bbox");
    if (box) boxes.push(box.split(",").map(Number));
  };
  desk.page.on("request", listen);
  await desk.page.locator("[data-testid=map] canvas").focus();
  for (let far = 0; far < 4; far++) await key(desk, "ArrowRight");
  await until("the map was moved by its own keys", () => boxes.length > 0, { within: 8000 });
  boxes.length = 0;
  const [lon, lat] = seoulForest.position;
  await key(desk, "g");
  await until("G: the map shows the place", () => boxes.some(([west, south, east, north]) => Math.abs((west + east) / 2 - lon) < 0.001 && Math.abs((south + north) / 2 - lat) < 0.001), { within: 8000 });
  worked.add("G");
  desk.page.off("request", listen);
  await desk.page.locator("[role=listbox]").focus();
});

step("a camera by its number and Enter: to the spot where there is a grant, to the map where there is none", async () => {
  const second = await attribute(desk, "figure[data-place='2']", "data-camera");
  const number = /\d+$/.exec(second)[0].padStart(2, "0");
  await key(desk, ...[...number].map((digit) => `Digit${digit}`));
  assert.match(await read(desk, "[data-testid=call-up]"), new RegExp(number), "what is typed is said");
  await key(desk, "Enter");
  await until("it is the spot", async () => (await attribute(desk, "[data-testid=spot-tile]", "data-camera")) === second);
  assert.equal(await attribute(desk, "[data-testid=call-up]", "role"), "status");

  const asks = desk.requests.length;
  await key(desk, "Digit0", "Digit0", "Digit1", "Digit2", "Enter");  // Each district has one.
  await desk.shows("[data-testid=palette] [data-kind=camera]");
  const name = await desk.text("[data-testid=palette] [aria-selected=true] .name");
  await key(desk, "Enter");
  await until("it is shown on the map", async () => (await read(desk, "[data-testid=call-up]"))?.includes(name));
  assert.ok(!desk.requests.slice(asks).includes("POST /api/v1/tickets"), "no picture was asked for");
  await key(desk, "Digit9", "Digit9", "Digit9", "Digit9", "Digit9", "Enter");
  await until("no such camera is said", async () => (await read(desk, "[data-testid=call-up]"))?.includes("99999"));
  worked.add("0–9 Enter");
});

step("the procedure: its step, its answers, skipped with a reason, an answer heard", async () => {
  const current = () => attribute(desk, "[data-testid=procedure]", "data-current");
  await until("it has begun", async () => (await current()) === "look");
  await row("Space", desk, ["Space"], changes(() => attribute(desk, "[data-testid=answers]", "data-open")));
  await key(desk, "Escape");
  assert.equal(await attribute(desk, "[data-testid=answers]", "data-open"), "false");
  await key(desk, "Space", "1");
  await until("the answer leads on", async () => (await current()) === "describe");
  await opens("Shift+Space", desk, ["Shift+Space"], "[data-testid=skip-step]");
  await desk.page.waitForTimeout(450);  // A step is taken when it has been seen.
  await key(desk, "Space");
  await until("the next step", async () => (await current()) === "tell-112");
  await desk.page.waitForTimeout(450);
  await key(desk, "Space");
  await until("told", async () => (await current()) === "hold");
  await row("Shift+A", desk, ["Shift+A"], changes(() => desk.count("[data-testid=heard]")));
});

step("acts: their dialogs, one key to hold, hand over, take over, command", async () => {
  for (const [shown, each, what] of [["D", "d", "input[name=kind]"], ["N", "n", "textarea[name=text]"], ["C", "c", "input[name=outcome]"], ["X", "x", "textarea[name=text]"],
    ["O", "o", "[data-testid=hand-over]"], ["Shift+M", "Shift+M", "[data-testid=merge]"], ["Shift+R", "Shift+R", "[data-testid=replay-controls]"]]) await opens(shown, desk, [each], what);
  const holds = async () => (await reader.get(`/api/v1/holds?incident=${forest}`)).items.length;
  const before = await holds();
  assert.equal(await counted(desk, () => row("Z", desk, ["z"], changes(holds))), 1, "one key holds the video");
  assert.ok((await holds()) > before);
  await row("Q", officer, ["q"], changes(async () => (await now(forest)).commander));
  await row("I", officer, ["i"], changes(async () => (await now(forest)).owner));
});

step("the queue: marked up and down, near and far, opened by Enter", async () => {
  await calls(hongdae, { grade: "20" });
  await calls({ ...seoulForest, place: "서울숲 2번 출구" }, { grade: "20" });
  await until("three rows", async () => (await desk.count(".incident-row")) >= 3);
  const move = changes(() => marked(desk));
  await key(desk, "Home");
  await row("J ↓", desk, ["j", "ArrowDown"], move);
  await row("K ↑", desk, ["k", "ArrowUp"], move);
  await row("PgDn", desk, ["PageDown"], move);
  await row("PgUp", desk, ["PageUp"], move);
  await row("End", desk, ["End"], move);
  await row("Home", desk, ["Home"], move);
  assert.equal(await attribute(desk, "[role=listbox]", "aria-activedescendant"), `row-${await marked(desk)}`);
  await key(desk, (await marked(desk)) === (await selected(desk)) ? "j" : "Home");
  await row("Enter", desk, ["Enter"], changes(() => selected(desk)));
});

step("an ordinary incident shows its video by one key", async () => {
  const ordinary = (await reader.get("/api/v1/incidents?limit=20")).items.find((item) => item.grade === "20" && item.place === seoulForest.place.concat(" 2번 출구"));
  assert.ok(ordinary, "one of the second grade is there");
  await until("it is marked", async () => (await marked(desk)) === ordinary.id || (await key(desk, "j"), false), { within: 5000 });
  await key(desk, "Enter");
  await until("it is open", async () => (await selected(desk)) === ordinary.id);
  assert.equal(await desk.count(".tile"), 0);
  await row("V", desk, ["v"], changes(() => desk.count(".tile")));
});

step("Esc goes back, step by step", async () => {
  await desk.shows("[data-testid=spot-tile]");
  await key(desk, "f");
  await row("Esc", desk, ["Escape", "Escape"], changes(async () => [await desk.count(".board.full"), await selected(desk)]));
});

step("what is found takes two keys, its close no more than four", async () => {
  await desk.shows("[data-testid=patrol] [data-state=live]", 30_000);
  const found = async () => (await reader.get("/api/v1/incidents?limit=1")).items[0];
  const keys = await counted(desk, async () => {
    await row("R", desk, ["r"], changes(() => desk.count("[data-testid=finding]")));
    await key(desk, "2");
    await desk.shows("[data-testid=finding-note]");
  });
  assert.equal(keys, 2);
  const incident = await found();
  assert.equal(incident.type, "BSFND001");
  const close = await counted(desk, async () => {
    await key(desk, "c");
    await desk.shows("input[name=outcome]");
    await key(desk, "Space", "Enter");
    await until("it is closed", async () => (await now(incident.id)).state === "closed");
  });
  assert.ok(close <= 4, `${close} keys`);
  await gone(desk, kDialog);
  await key(desk, "Escape");
});

step("initial consonants find a place, an incident, a screen; Enter goes there", async () => {
  for (const query of ["ㅅㅇㅅ", "서울숲"]) {
    await key(desk, "/");
    await desk.page.keyboard.insertText(query);
    await desk.shows(`[data-testid=palette] [data-kind=incident][data-id="${forest}"]`);
    await desk.shows("[data-testid=palette] [data-kind=camera]");
    const names = await desk.page.locator("[data-testid=palette] [data-kind=camera] .name").allInnerTexts();
    assert.ok(names.some((name) => name.includes("서울숲")), names.join(", "));
    await key(desk, "Escape");
  }
  await key(desk, "Control+k");
  await desk.page.keyboard.insertText("ㅎㄹㅁㄹ");  // 훈련 목록
  await until("the drills are offered", async () => (await attribute(desk, "[data-testid=palette] [aria-selected=true]", "data-id")) === "drills");
  await key(desk, "Enter");
  await desk.shows("[data-testid=drills]");
  await key(desk, "Escape");
  await gone(desk, kDialog);
  assert.match(await focus(desk), /^listbox /);
  await key(desk, "/");
  await desk.page.keyboard.insertText("ㅅㅇㅅ");
  await desk.shows(`[data-testid=palette] [data-id="${forest}"]`);
  await until("it is chosen", async () => (await attribute(desk, "[data-testid=palette] [aria-selected=true]", "data-id")) === forest || (await key(desk, "ArrowDown"), false));
  await key(desk, "Enter");
  await until("it is open", async () => (await selected(desk)) === forest);
});

step("no key acts while somebody writes", async () => {
  const written = "acdnxvoiqzjkfgmpeblwhutsry[]/0123456789?";
  // Tiles take tickets and tell what is lit by themselves.
  const writes = () => desk.requests.filter((each) => /^(?:POST|PUT|DELETE) \/api\//.test(each) && !/tickets|watch\/lit/.test(each)).length;
  for (const [each, field] of [["n", "textarea[name=text]"], ["Control+k", "[role=combobox]"]]) {
    await key(desk, each);
    await desk.shows(field);
    const before = [writes(), await selected(desk), await attribute(desk, "html", "lang"), await attribute(desk, "html", "data-theme"), await spot(desk)];
    await desk.type(written);
    await settled(desk);
    assert.equal(await read(desk, field, "value"), written);
    assert.deepEqual([writes(), await selected(desk), await attribute(desk, "html", "lang"), await attribute(desk, "html", "data-theme"), await spot(desk)], before);
    assert.equal(await desk.count(kDialog), 1);
    await key(desk, "Escape");
    await gone(desk, kDialog);
  }
});

step("with a Korean keyboard the place of a key counts, and what is being composed is nobody's command", async () => {
  const cdp = await desk.context.newCDPSession(desk.page);
  const korean = async (letter, code, keyCode) => {
    for (const type of ["rawKeyDown", "keyUp"]) await cdp.send("Input.dispatchKeyEvent", { type, key: letter, code, windowsVirtualKeyCode: keyCode, nativeVirtualKeyCode: keyCode });
    await settled(desk);
  };
  // A key of the layout (ㅅ is T), and one that an input method has taken.
  for (const [letter, keyCode] of [["ㅅ", 84], ["Process", 229]]) {
    const theme = await attribute(desk, "html", "data-theme");
    await korean(letter, "KeyT", keyCode);
    assert.notEqual(await attribute(desk, "html", "data-theme"), theme, letter);
  }
  await korean("ㅜ", "KeyN", 78);
  await desk.shows("textarea[name=text]");
  await cdp.send("Input.imeSetComposition", { text: "ㅎ", selectionStart: 1, selectionEnd: 1 });
  await korean("Process", "Escape", 229);
  assert.equal(await desk.count(kDialog), 1, "Escape drops the syllable, not the dialog");
  await cdp.send("Input.insertText", { text: "한" });
  assert.equal(await read(desk, "textarea[name=text]", "value"), "한");
  await key(desk, "Escape");
  await gone(desk, kDialog);

  await key(desk, "/");
  await cdp.send("Input.insertText", { text: "ㅅㅇ" });
  await cdp.send("Input.imeSetComposition", { text: "ㅅ", selectionStart: 1, selectionEnd: 1 });
  await desk.shows(`[data-testid=palette] [data-id="${forest}"]`);
  await korean("Process", "Enter", 229);
  assert.equal(await desk.count("[data-testid=palette]"), 1, "Enter ends the syllable and takes nothing");
  await cdp.send("Input.insertText", { text: "ㅅ" });
  await key(desk, "Escape");
  await gone(desk, kDialog);
});

step("every key on the sheet was seen to do something", async () => {
  await key(desk, "Shift+?");
  await desk.shows(".keys");
  const rows = await desk.page.evaluate(() => [...document.querySelectorAll(".keys > div")].map((each) => [...each.querySelectorAll("kbd")].map((one) => one.textContent).join(" ")));
  assert.ok(rows.length > 40);
  assert.deepEqual(rows.filter((shown) => !worked.has(shown)), [], "keys that nobody tried");
  assert.deepEqual([...worked].filter((shown) => !rows.includes(shown)), [], "keys that the sheet does not show");
  for (const seat of [desk, officer]) {
    assert.equal(await seat.page.evaluate(() => window.pointersOfTest), 0);
    assert.deepEqual(seat.errors, []);
  }
});
