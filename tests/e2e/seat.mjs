// One person before a browser: keys in, pixels out. There is no call here that uses a mouse.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { until } from "../integration/city.mjs";

const kHere = dirname(fileURLToPath(import.meta.url));
const require = createRequire(resolve(kHere, "../../console/package.json"));
const kChromium = process.env.BONGSU_CHROMIUM ?? "/usr/bin/chromium";
const kArguments = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--allow-loopback-in-peer-connection",
  "--disable-renderer-backgrounding", "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows",
];

/** The decoder as a page can take it: an expression whose value is `decode` with its rows. */
const kDecoder = `(() => { ${readFileSync(resolve(kHere, "barcode.mjs"), "utf8").replaceAll("export ", "")}
  return { decode, kCameraRow, kFrameRow }; })()`;

/**
 * Before the page's own scripts: keeps the connections within reach, counts pointers, notes when each tile changes. `lacks`: "webrtc",
 * a browser that has none; "udp", one whose packets reach nobody.
 */
function watchPage(lacks) {
  const Native = window.RTCPeerConnection;
  window.peersOfTest = [];
  if (lacks === "webrtc") delete window.RTCPeerConnection;
  else {
    window.RTCPeerConnection = class extends Native {
      constructor(...given) {
        super(...given);
        window.peersOfTest.push(this);
      }
      setRemoteDescription(...given) {
        return lacks === "udp" ? new Promise(() => undefined) : super.setRemoteDescription(...given);
      }
    };
  }
  // Wall times of what the page itself shows: rows that come, first frames, and the moment when no picture is left.
  const marks = (window.marksOfTest = {});
  const look = () => {
    for (const row of document.querySelectorAll("li[data-incident]")) marks[`row ${row.dataset.incident}`] ??= Date.now();
    for (const tile of document.querySelectorAll("section.video:not(.patrol) figure[data-state=live]")) marks[`frame ${tile.dataset.camera}`] ??= Date.now();
    const pictures = document.querySelectorAll("section.video:not(.patrol) video").length;
    if (pictures === 0 && window.picturesOfTest > 0) marks.dark = Date.now();
    window.picturesOfTest = pictures;
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] });
  window.pointersOfTest = 0;
  for (const kind of ["pointerdown", "mousedown", "touchstart"]) {
    window.addEventListener(kind, () => window.pointersOfTest++, true);
  }
}

/** Where an incident's pictures stand; an operator's own patrol has the same place while none is open. */
const kOfIncident = "section.video:not(.patrol)";

/** Everything that is to be seen on the tiles below `part` now, from pixels and from the decoder's own counts. */
const readTiles = (part) => `(async () => {
  const bars = window.barsOfTest ??= ${kDecoder};
  const canvas = window.canvasOfTest ??= document.createElement("canvas");
  const read = async (tile) => {
    const found = { camera: tile.dataset.camera, state: tile.dataset.state, place: Number(tile.dataset.place),
      spot: tile.dataset.testid === "spot-tile", live: tile.querySelector("[data-testid=live-mark]") !== null,
      way: tile.querySelector("[data-testid=way]")?.dataset.way ?? null, ageMs: Number(tile.querySelector("[data-testid=frame-age]")?.dataset.ageMs),
      words: tile.querySelector("[data-testid=tile-blank]")?.textContent ?? "", code: null, frame: null, height: 0, decoded: 0 };
    const video = tile.querySelector("video");
    if (!video || video.videoWidth === 0) return { ...found, video: video !== null };
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(video, 0, 0);
    const pixels = pen.getImageData(0, 0, canvas.width, canvas.height);
    const track = video.srcObject?.getVideoTracks()[0];
    const peer = window.peersOfTest.find((each) => each.getReceivers().some((receiver) => receiver.track === track));
    let decoded = peer ? 0 : video.getVideoPlaybackQuality().totalVideoFrames;
    if (peer) (await peer.getStats()).forEach((entry) => { if (entry.type === "inbound-rtp") decoded = entry.framesDecoded ?? 0; });
    return { ...found, video: true, code: bars.decode(pixels), frame: bars.decode(pixels, undefined, bars.kFrameRow),
      height: video.videoHeight, decoded };
  };
  const tiles = [];
  for (const tile of document.querySelectorAll("${part} figure[data-camera]")) tiles.push(await read(tile));
  return tiles;
})()`;

export function launch() {
  return require("playwright-core").chromium.launch({ executablePath: kChromium, args: kArguments });
}

/** Opens the door's page for one person, before a browser that may lack something (see watchPage). */
export async function sitDown(browser, city, viewport = { width: 1280, height: 800 }, lacks = "") {
  const context = await browser.newContext({ viewport, locale: "ko-KR", timezoneId: "Asia/Seoul" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.addInitScript(watchPage, lacks);
  const seat = new Seat(context, page);
  await page.goto(`http://127.0.0.1:${city.port}/`);
  await page.waitForSelector("input[name=user]");
  return seat;
}

export class Seat {
  requests = [];
  errors = [];
  sockets = [];

  constructor(context, page) {
    Object.assign(this, { context, page });
    page.on("request", (request) => this.requests.push(`${request.method()} ${new URL(request.url()).pathname}`));
    page.on("websocket", (socket) => this.sockets.push(new URL(socket.url()).pathname));
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("console", (line) => {
      if (line.text().includes("Content Security Policy")) this.errors.push(line.text());
    });
  }

  press = (...keys) => keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve());
  type = (text) => this.page.keyboard.type(text);
  text = (selector) => this.page.locator(selector).first().innerText();
  count = (selector) => this.page.locator(selector).count();
  shows = (selector, timeout) => this.page.waitForSelector(selector, { timeout });
  tiles = (part = kOfIncident) => this.page.evaluate(readTiles(part));
  focused = () => this.page.evaluate(() => document.activeElement?.getAttribute("name") ?? document.activeElement?.tagName);

  /** The cursor stands in the first field; Tab leads on and Enter submits. */
  async login({ user, password }) {
    await until("the cursor stands in the user's field", async () => (await this.focused()) === "user");
    await this.type(user);
    await this.press("Tab");
    await this.password(password);
  }

  /** The cursor stands in the password's field, also after a refusal. */
  async password(password) {
    await until("the cursor stands in the password's field", async () => (await this.focused()) === "password");
    await this.press("Control+a");
    await this.type(password);
    await this.press("Enter");
  }

  /** The page has drawn its map and idles: what is measured after this is not the start's work. */
  async atRest() {
    await this.shows("[data-testid=map] canvas", 60_000);
    await until(
      "the page is at rest",
      () =>
        this.page.evaluate(async () => {
          const begun = performance.now();
          for (let frame = 0; frame < 10; frame++) await new Promise((drawn) => requestAnimationFrame(drawn));
          return performance.now() - begun < 500;
        }),
      { within: 60_000 },
    );
  }

  /** Waits until exactly `count` tiles are live and each shows its bar code. */
  liveTiles(count, timeoutMs = 40_000, part = kOfIncident) {
    return until(
      `${count} live tiles with a readable bar code`,
      async () => {
        const tiles = await this.tiles(part);
        this.lastTiles = tiles;
        return tiles.length === count && tiles.every((tile) => tile.state === "live" && tile.live && tile.code !== null) && tiles;
      },
      { within: timeoutMs, every: 150 },
    ).catch((error) => {
      throw new Error(`${error.message}\n${JSON.stringify(this.lastTiles)}`);
    });
  }

  /** All of the page's tiles have gone dark: no picture, and why. */
  darkTiles(timeoutMs = 5_000) {
    return until(
      "every tile is dark",
      async () => {
        const tiles = await this.tiles();
        return tiles.length > 0 && tiles.every((tile) => !tile.video && !tile.live && tile.state === "ended") && tiles;
      },
      { within: timeoutMs, every: 20 },
    );
  }

  /** Notes the phases of a camera's tile from now on; the answer reads them. */
  phasesOf(camera) {
    const begun = this.page.evaluate((id) => {
      const phases = (window.phasesOfTest = []);
      const note = () => {
        const phase = document.querySelector(`figure[data-camera="${id}"]`)?.dataset.state ?? "gone";
        if (phases.at(-1) !== phase) phases.push(phase);
      };
      note();
      new MutationObserver(note).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] });
    }, camera);
    return () => begun.then(() => this.page.evaluate(() => window.phasesOfTest));
  }

  ticketsAsked = () => this.requests.filter((each) => each === "POST /api/v1/tickets").length;
}
