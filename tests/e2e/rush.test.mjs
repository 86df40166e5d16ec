// A thousand emergencies within some seconds before one desk: nothing is lost, nothing moves under the person's hand, keys and clicks are answered.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { City, until } from "../integration/city.mjs";
import { newNumber, Partner } from "../integration/partner.mjs";
import { launch, sitDown } from "./seat.mjs";

const kIncidents = 1000;
const kAtOnce = 32;

let city, browser, seat, partner;

before(async () => {
  city = await City.start();
  await city.ready();
  partner = await Partner.open(city);
  browser = await launch();
  seat = await sitDown(browser, city, { width: 1920, height: 1080 });
  await seat.login(city.account("operator1"));
  await seat.shows("[data-testid=waiting]");
});

after(async () => {
  await browser?.close();
  await city?.stop();
});

/** Where none of the city's cameras streams: the pictures are another test's. */
const place = (at) => [126.9 + 0.002 * (at % 40), 37.6 + 0.002 * Math.floor(at / 40)];
const waiting = async (page = seat.page) => Number((await page.locator("[data-testid=waiting]").innerText()).match(/\d+/)?.[0]);
const marked = () => seat.page.evaluate(() => document.querySelector(".incident-row.marked .where")?.textContent ?? null);
const options = () =>
  seat.page.evaluate(() =>
    [...document.querySelectorAll("[role=option]")].map((row) => ({ at: Number(row.ariaPosInSet), of: Number(row.ariaSetSize), where: row.querySelector(".where").textContent })),
  );

async function report(from, to) {
  let next = from;
  await Promise.all(Array.from({ length: kAtOnce }, async () => {
    while (next < to) {
      const at = next++;
      await partner.tell({ number: newNumber(), state: "10", position: place(at), place: `${at + 1}번째 신고` });
    }
  }));
}

test("while they come, a press is answered, and the focus and the mark stay where they are", async () => {
  await report(0, 1);
  await seat.shows("[data-testid=incident-card]");
  await seat.page.focus("[role=listbox]");
  await seat.press("j");
  await until("the mark stands on the first report", async () => (await marked()) === "1번째 신고");
  const coming = report(1, kIncidents);
  await until("the rush has begun", async () => (await waiting()) > 100);
  await seat.press("Shift+Slash");
  await seat.shows("[role=dialog]");
  await seat.press("Escape");
  await seat.page.waitForSelector("[role=dialog]", { state: "detached" });
  await coming;
  await until("all of them are counted", async () => (await waiting()) === kIncidents);
  assert.equal(await marked(), "1번째 신고");
  assert.equal(await seat.page.evaluate(() => document.activeElement.role), "listbox");
  assert.deepEqual(seat.errors, []);
});

test("the list draws what is seen of it and says how long it is", async () => {
  const rows = await options();
  assert.ok(rows.length < 60, `${rows.length} rows are drawn`);
  assert.deepEqual(rows.map((row) => row.at), rows.map((_, index) => index + 1));
  assert.ok(rows.every((row) => row.of === kIncidents));
});

test("every incident is reached by keys: the last one, ten up from it, the first one", async () => {
  await seat.press("End");
  const last = await until("the last row is marked and drawn", async () => (await options()).find((row) => row.at === kIncidents));
  assert.equal(await marked(), last.where);
  await seat.press("PageUp");
  const tenUp = await until("the row ten above is there", async () => (await options()).find((row) => row.at === kIncidents - 10));
  await until("the mark has gone to it", async () => (await marked()) === tenUp.where);
  await seat.press("Enter");
  await until("it is the one that opens", async () => (await seat.text("[data-testid=incident-card] .place")) === tenUp.where);
  await seat.press("Home");
  await until("the mark is back at the top", async () => (await marked()) === "1번째 신고");
  const drawn = await seat.page.evaluate(() => document.getElementById(document.querySelector("[role=listbox]").getAttribute("aria-activedescendant")) !== null);
  assert.ok(drawn, "the marked row is drawn");
});

test("by hand too: the list scrolls to its end, and each report stands in it once", async () => {
  const seen = new Map();
  const list = seat.page.locator("[role=listbox]");
  for (let top = 0; ; top += 900) {
    const end = await list.evaluate((element, to) => {
      element.scrollTop = to;
      return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(to > element.scrollHeight))));
    }, top);
    for (const row of await options()) seen.set(row.at, row.where);
    if (end) break;
  }
  assert.equal(seen.size, kIncidents);
  assert.equal(new Set(seen.values()).size, kIncidents);
});

/** The row that stands at the top of what is seen, and how far it is cut. */
const topRow = () =>
  seat.page.evaluate(() => {
    const edge = document.querySelector("[role=listbox]").getBoundingClientRect().top;
    const seen = [...document.querySelectorAll("[role=option]")].map((row) => ({ id: row.dataset.incident, from: row.getBoundingClientRect() }));
    const top = seen.filter(({ from }) => from.bottom > edge + 1).sort((a, b) => a.from.top - b.from.top)[0];
    return { id: top.id, cut: Math.round(edge - top.from.top) };
  });

test("what a person reads in the midst of the list stays where it is when others take rows above it away", async () => {
  await seat.page.locator("[role=listbox]").evaluate((element) => { element.scrollTop = 20_000; });
  const before = await until("the rows there are drawn", async () => {
    const row = await topRow();
    return row.cut >= 0 && row;
  });
  const other = await city.login("supervisor1");
  const first = await seat.page.locator("[role=listbox]").getAttribute("aria-activedescendant");
  const answer = await other.api("POST", `/api/v1/incidents/${first.slice("row-".length)}/acts`, { act: "receive" }, { "Idempotency-Key": newNumber() });
  assert.equal(answer.status, 201, answer.text);
  await until("one is received", async () => (await waiting()) === kIncidents - 1);
  assert.deepEqual(await topRow(), before);
});

test("a received one leaves the count, and a login anew finds all of them", async () => {
  await seat.press("a");
  await until("another one is received", async () => (await waiting()) === kIncidents - 2);
  const other = await sitDown(browser, city, { width: 1280, height: 800 });
  await other.login(city.account("supervisor1"));
  await other.shows("[data-testid=waiting]");
  await until("the other seat counts the same", async () => (await waiting(other.page)) === kIncidents - 2);
});
