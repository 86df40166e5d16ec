// The desk for who cannot see it well, or at all, or has no mouse: axe at WCAG 2.1 A and AA on every screen and dialog, in both languages, dark and
// light, on a wall's screen, a seat's and a phone; and each task as a script of keys with what a screen reader is told of each.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { City, camerasLive, seoulForest, until } from "../integration/city.mjs";
import { Partner, newNumber } from "../integration/partner.mjs";
import { launch, sitDown } from "./seat.mjs";

const require = createRequire(new URL("../../console/package.json", import.meta.url));
const kAxe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const kRules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];
const kSizes = [{ width: 1920, height: 1080 }, { width: 1280, height: 800 }, { width: 390, height: 844 }];

/** The desk's words, by their keys. */
const ko = Object.fromEntries([...readFileSync(new URL("../../console/src/ui/ko.ts", import.meta.url), "utf8").matchAll(/^ {2}("[^"]+"): ("(?:[^"\\]|\\.)*"),$/gm)].map(([, key, text]) => [JSON.parse(key), JSON.parse(text)]));
/** A pattern of the words of `key`, whatever stands in their places. */
const words = (key) => {
  assert.ok(ko[key], `there are words for ${key}`);
  return new RegExp(ko[key].replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\\\{\w+\\\}/g, ".*"));
};

let city, browser, room, reader, desk, officer, chief, agency;

before(async () => {
  city = await City.start();
  await city.ready();
  browser = await launch();
  room = await Partner.open(city);
  reader = await city.login("supervisor1");
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

// --- axe ---

const found = new Map();
let checked = 0;
/** What axe has against the page, or against the part of it that `within` names; kept by rule and element for the end. */
async function check(seat, what, within) {
  const violations = await seat.page.evaluate(async ([rules, part]) => {
    const answer = await window.axe.run(part ? { include: [part] } : document, { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"], elementRef: false });
    return answer.violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => ({ id, html: html.slice(0, 200), why: failureSummary.replace(/\s+/g, " ").slice(0, 260) })));
  }, [kRules, within]);
  checked++;
  for (const { id, html, why } of violations) {
    const key = `${id} ${html.replace(/\d/g, "0").slice(0, 80)}`;
    if (!found.has(key)) found.set(key, `${id} at ${what}: ${html}\n      ${why}`);
  }
}

/** Each look of the page: both languages, dark and light, every size; `within` is checked in all of them. */
async function looks(seat, what, within, sizes = kSizes) {
  const press = (key) => seat.page.evaluate((code) => {
    const word = { language: /^(EN|한)$/, theme: /^◐$/ }[code];
    [...document.querySelectorAll(".strip > button")].find((button) => word.test(button.textContent)).click();
  }, key);
  for (const size of sizes) {
    await seat.page.setViewportSize(size);
    for (const change of ["language", "theme", "language", "theme"]) {
      await press(change);
      await seat.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await check(seat, `${what} ${size.width} ${await seat.page.evaluate(() => `${document.documentElement.lang} ${document.documentElement.dataset.theme}`)}`, within);
    }
  }
  await seat.page.setViewportSize(kSizes[1]);
}

// --- what a screen reader is told ---

/** Before the page's scripts: what its live regions say, in order. */
function listen() {
  window.saidOfTest = [];
  const told = new Map();
  const hear = () => {
    for (const region of document.querySelectorAll("[role=status], [role=alert], [aria-live]")) {
      const text = region.textContent.trim();
      if (text && told.get(region) !== text) window.saidOfTest.push(`${region.getAttribute("role") ?? "live"}: ${text}`);
      told.set(region, text);
    }
  };
  new MutationObserver(hear).observe(document, { subtree: true, childList: true, characterData: true });
}

async function sit(user, size = kSizes[1]) {
  const seat = await sitDown(browser, city, size);
  await seat.page.addInitScript(listen);
  await seat.page.reload();
  await seat.shows("input[name=user]");
  await seat.page.evaluate(kAxe);
  seat.cdp = await seat.context.newCDPSession(seat.page);
  await seat.cdp.send("Accessibility.enable");
  return seat;
}

/** Chromium's accessibility tree: [{role, name, focused, checked, expanded, focusable}], what is ignored left out. */
async function tree(seat) {
  const { nodes } = await seat.cdp.send("Accessibility.getFullAXTree");
  return nodes.filter(({ ignored }) => !ignored).map(({ role, name, properties = [], backendDOMNodeId }) => {
    const of = (wanted) => properties.find((property) => property.name === wanted)?.value.value;
    return { role: role?.value, name: name?.value ?? "", node: backendDOMNodeId, focused: of("focused") === true, focusable: of("focusable") === true, checked: of("checked"), expanded: of("expanded"), modal: of("modal") };
  });
}
const at = async (seat) => (await tree(seat)).filter(({ focused, role }) => focused && role !== "RootWebArea").at(-1) ?? { role: "nothing", name: "" };
const stands = async (seat, role, name) => {
  let last;
  await until(`the focus stands on ${role} ${name}`, async () => {
    last = await at(seat);
    return last.role === role && name.test(last.name);
  }, { within: 15_000, every: 60 }).catch((error) => {
    throw new Error(`${error.message}: it is on ${last?.role} "${last?.name}"`);
  });
};
const hears = (seat, pattern) => until(`it is said: ${pattern}`, () => seat.page.evaluate((source) => window.saidOfTest.some((text) => new RegExp(source).test(text)), pattern.source), { within: 20_000, every: 60 }).catch(async (error) => {
  throw new Error(`${error.message}; said was ${JSON.stringify((await seat.page.evaluate(() => window.saidOfTest)).slice(-6))}`);
});
const forget = (seat) => seat.page.evaluate(() => void (window.saidOfTest = []));
const gone = (seat) => until("the dialog is gone", async () => (await seat.count("[role=dialog]")) === 0);

/** Everything that takes the keyboard has a name. */
async function named(seat, what) {
  const mute = (await tree(seat)).filter(({ focusable, name, role }) => focusable && !name.trim() && !["RootWebArea", "generic", "Canvas"].includes(role));
  assert.deepEqual(mute.map(({ role }) => role), [], `${what}: without a name`);
}

/** Tab goes round within the dialog, both ways, and each stop is inside. */
async function cycles(seat, what) {
  const stops = await seat.page.evaluate(() => [...document.querySelectorAll("[role=dialog] :is(button, input, textarea, select, a[href], [tabindex='0'])")].filter((each) => !each.disabled && each.tabIndex >= 0 && each.checkVisibility()).length);
  for (let n = 0; n <= Math.min(stops, 12); n++) {
    await seat.press(n % 4 === 3 ? "Shift+Tab" : "Tab");
    assert.ok(await seat.page.evaluate(() => document.querySelector("[role=dialog]").contains(document.activeElement)), `${what}: the focus stays inside`);
  }
}

/** A dialog from its key to its end: its name, its focus, all that takes the keyboard named, Tab round within it, axe in every look, the focus back. */
async function dialog(seat, key, name, { first, sizes = kSizes } = {}) {
  const before = await at(seat);
  await seat.press(key);
  await until(`the dialog ${name}`, async () => (await tree(seat)).some((node) => node.role === "dialog" && name.test(node.name)), { within: 5000 });
  if (first) await stands(seat, ...first);
  await named(seat, String(name));
  await cycles(seat, String(name));
  await looks(seat, String(name), "[role=dialog]", sizes);
  await seat.page.evaluate(() => document.querySelector("[role=dialog]").focus());
  await seat.press("Escape");
  await gone(seat);
  await stands(seat, before.role, new RegExp(`^${before.name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`));
}

const call = async (more = {}) => {
  const number = newNumber();
  await room.tell({ number, position: seoulForest.position, place: seoulForest.place, text: "시험 신고", ...more });
  return until("the incident is there", async () => (await reader.get("/api/v1/incidents?limit=20")).items.find((item) => item.number === number)?.id);
};
const now = (incident) => reader.get(`/api/v1/incidents/${incident}`);
const inQueue = (seat) => stands(seat, "listbox", words("queue.title"));

step("the door", async () => {
  desk = await sit("operator1");
  await stands(desk, "textbox", words("login.user"));
  for (const size of kSizes) {
    await desk.page.setViewportSize(size);
    for (const change of [4, 3, 4, 3]) {
      for (let tab = 0; tab < change; tab++) await desk.press("Tab");
      await desk.press("Enter");
      await check(desk, `login ${size.width}`);
      await desk.page.evaluate(() => document.querySelector("input[name=user]").focus());
    }
  }
  await desk.page.setViewportSize(kSizes[1]);
  await desk.login({ user: "operator1", password: "wrong" });
  await hears(desk, /alert: ./);
  await desk.press("Shift+Tab", "Control+a");
  await desk.login(city.account("operator1"));
  await desk.atRest();
  await inQueue(desk);
});

step("a patrol, its pass and what is found on it, by keys and as they are said", async () => {
  await desk.shows("[data-testid=patrol]");
  const nodes = await tree(desk);
  for (const [role, key] of [["region", "region.patrol"], ["region", "region.queue"], ["region", "region.map"], ["button", "key.patrolOn"], ["button", "key.patrolBack"]]) assert.ok(nodes.some((node) => node.role === role && words(key).test(node.name)), `${role} ${key}`);
  await named(desk, "the desk with a patrol");
  const stops = Number(await desk.page.locator("[data-testid=patrol]").getAttribute("data-stops"));
  for (let stop = 1; stop < stops; stop++) await desk.press("]");
  await looks(desk, "desk with a patrol", undefined, [kSizes[0], kSizes[2]]);
  await until("the pass may be confirmed", () => desk.page.locator("[data-testid=patrol-confirm]").isEnabled(), { within: 25_000 });
  const pass = await desk.page.locator("[data-testid=patrol]").getAttribute("data-pass");
  await desk.press("y");
  await until("it is confirmed", async () => (await desk.page.locator("[data-testid=patrol]").getAttribute("data-pass")) !== pass);
  await dialog(desk, "r", words("finding.title"), { sizes: [kSizes[1], kSizes[2]] });
  await forget(desk);
  await desk.press("r");
  await until("the kinds are offered", async () => (await tree(desk)).some(({ role, name }) => role === "button" && /^2 /.test(name.trim())));
  await desk.press("2");
  await hears(desk, words("said.opened"));
  await gone(desk);
  await desk.press("c", "Space", "Enter");
  await hears(desk, words("said.done"));
  await gone(desk);
  await desk.press("Escape");
  await inQueue(desk);
});

let incident;
step("an incident comes: it is said, received, and its step taken", async () => {
  [officer, chief] = [await sit("police1"), await sit("supervisor1")];
  await officer.login(city.account("police1"));
  await officer.atRest();
  for (const seat of [desk, officer]) await forget(seat);
  incident = await call();
  for (const seat of [desk, officer]) await hears(seat, new RegExp(`alert: ${ko["said.came"].split("{")[0]}.*서울숲`));
  await hears(desk, words("said.opened"));
  await desk.shows("[data-testid=spot-tile][data-state=live]", 30_000);
  const nodes = await tree(desk);
  assert.ok(nodes.some(({ role, name }) => role === "article" && words("region.incident").test(name)), "the card is an article with a name");
  assert.ok(nodes.some(({ role, name }) => role === "button" && /^1 .*서울숲/.test(name)), "a tile is a button with its key and its camera's name");
  assert.ok(nodes.some(({ role, name }) => role === "option" && /서울숲/.test(name)), "its row is an option");
  // By the button, as who does not know the key.
  for (let tab = 0; tab < 60 && !words("act.receive").test((await at(desk)).name); tab++) await desk.press("Tab");
  await stands(desk, "button", words("act.receive"));
  await desk.press("Enter");
  await hears(desk, new RegExp(`status: .*${ko["state.received"]}`));
  await until("it is received", async () => (await now(incident)).state === "received");
  await until("the focus is kept in the card", async () => desk.page.evaluate(() => document.querySelector(".card").contains(document.activeElement)));
  await desk.page.evaluate(() => document.querySelector("[role=listbox]").focus());
  await desk.press("Space");
  await stands(desk, "group", words("sop.answers"));
  await forget(desk);
  await desk.press("1");
  await inQueue(desk);
  await named(desk, "the desk with an incident");
  await looks(desk, "desk with an incident");
});

step("command, hold, hand over, skip, close", async () => {
  await forget(officer);
  await officer.press("q");
  await hears(officer, new RegExp(`status: .*${ko["act.command"]}`));
  assert.ok((await now(incident)).commander);
  await forget(desk);
  await desk.press("z");
  await hears(desk, new RegExp(`status: .*${ko["act.request_hold"]}`));
  for (const [key, name, first] of [["n", "act.note", ["textbox", words("act.text")]], ["d", "act.act", ["radio", /./]], ["c", "act.close", ["radio", /./]], ["x", "act.cancel", ["textbox", words("act.reason")]], ["Shift+Space", "sop.skipTitle", ["textbox", words("act.reason")]],
    ["Shift+M", "merge.title"], ["Shift+R", "replay.title"], ["/", "palette.title", ["combobox", words("palette.field")]], ["Shift+?", "key.title"]]) await dialog(desk, key, words(name), { first, sizes: key === "Shift+R" || key === "Shift+?" ? kSizes : [kSizes[1], kSizes[2]] });
  await dialog(desk, "o", words("act.hand_over"), { first: ["group", words("hand.who")], sizes: [kSizes[1], kSizes[2]] });
  await desk.press("o");
  await stands(desk, "group", words("hand.who"));
  await desk.press("1");
  await until("somebody is chosen", async () => (await tree(desk)).some(({ role, checked: is }) => role === "radio" && is === "true"));
  await forget(desk);
  await desk.press("Enter");
  await hears(desk, new RegExp(`status: .*${ko["act.hand_over"]}`));
  await gone(desk);
  await inQueue(desk);
});

step("lists: duty, log, letters, alarms, holds, drills", async () => {
  await room.sendBody({ startTag: "$DA", evtId: "!", endTag: "$DB", finishTag: "$DF" });
  for (const [key, name] of [["w", "duty.title"], ["h", "log.title"], ["e", "dead.title"], ["b", "alarm.title"], ["Shift+Z", "hold.title"], ["Shift+T", "drill.title"]]) await dialog(desk, key, words(name));

  // A note, by Tab and Enter.
  await desk.press("h");
  for (let tab = 0; tab < 12 && (await at(desk)).name !== ko["log.note"]; tab++) await desk.press("Tab");
  await stands(desk, "textbox", words("log.note"));
  await desk.type("야간 순찰 이상 없음");
  await desk.press("Enter");
  await until("it stands in the log", async () => (await tree(desk)).some(({ name }) => name.includes("야간 순찰 이상 없음")));
  await desk.press("Escape");
  await gone(desk);

  // A letter, dismissed with a reason.
  await forget(desk);
  await desk.press("e");
  await desk.shows("[data-letter]");
  await desk.press("ArrowDown");
  const { role, expanded } = await at(desk);
  assert.deepEqual([role, expanded], ["button", false]);
  await desk.press("Enter");
  await stands(desk, "textbox", words("dead.reason"));
  await desk.type("시험 메시지");
  await desk.press("Tab");
  await stands(desk, "button", words("dead.dismiss"));
  await desk.press("Enter");
  await hears(desk, words("dead.dismissed"));
  assert.ok(await desk.page.evaluate(() => document.querySelector("[role=dialog]").contains(document.activeElement)), "the focus is in the list");
  await desk.press("Escape");
  await gone(desk);
});

step("who plans: roster, results, a drill from a record", async () => {
  for (const seat of [desk, officer]) await seat.context.close();
  await chief.login(city.account("supervisor1"));
  await chief.atRest();
  await chief.press("Home");
  await chief.press("Enter");
  await chief.shows("[data-testid=incident-card]");
  for (const [key, name] of [["w", "duty.title"], ["u", "results.title"]]) await dialog(chief, key, words(name));
  await chief.press("w");
  await chief.shows("[data-testid=roster-shift]");
  for (let tab = 0; tab < 40 && (await at(chief)).name !== ko["duty.edit"]; tab++) await chief.press("Tab");
  await stands(chief, "button", words("duty.edit"));
  await chief.press("Enter");
  await until("it is open", async () => (await at(chief)).expanded === true);
  await chief.press("Tab");
  await until("a member is a box with a name", async () => {
    const node = await at(chief);
    return node.role === "checkbox" && node.name.length > 1;
  });
  await named(chief, "the roster");
  await check(chief, "the roster while it is edited", "[role=dialog]");
  await chief.press("Escape");
  await gone(chief);

  await forget(chief);
  await chief.press("Shift+R");
  await chief.shows("[data-testid=replay-controls]");
  await chief.press("t");
  await chief.shows("[data-testid=begin-drill]");
  await stands(chief, "radio", /./);
  await check(chief, "a drill to begin", "[data-testid=begin-drill]");
  await chief.press("Enter");
  await hears(chief, words("drill.begun"));
  await chief.press("Escape");
  await gone(chief);
  await until("the drill has an incident", async () => (await chief.count("[data-testid=row-practice]")) > 0);
  await check(chief, "the desk beside a drill");
  await chief.context.close();
});

step("the agency's page", async () => {
  const mine = city.accounts.find(({ user }) => user === "112");
  agency = await sit(mine.user);
  await agency.login(mine);
  await agency.atRest();
  await inQueue(agency);
  await agency.shows("[data-testid=incident-card]");
  await named(agency, "the agency's page");
  await looks(agency, "the agency's page");
  for (const [key, name] of [["/", "palette.title"], ["Shift+?", "key.title"]]) await dialog(agency, key, words(name), { sizes: [kSizes[2]] });
  assert.equal(await agency.page.evaluate(() => window.pointersOfTest), 0);
});

step("axe has nothing against any of it", () => {
  console.log(`# ${checked} looks`);
  assert.ok(checked > 150, `${checked} looks`);
  assert.deepEqual([...found.values()], []);
});
