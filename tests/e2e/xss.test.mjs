// Whatever somebody writes, the desk shows as text: 500 payloads through every text field that a partner, a person or a list can fill, then every
// screen that shows them is looked at in a browser. And no page of another origin makes a browser write, listen or watch.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import { after, before, test } from "node:test";

import { City, camerasLive, request, seoulForest, until } from "../integration/city.mjs";
import { Partner, eventBody, kst, newNumber, openIncident } from "../integration/partner.mjs";
import { StreamPartner, accepted, bell, ports, telegram } from "../integration/stream_partner.mjs";
import { packed, payloads } from "./payloads.mjs";
import { launch, sitDown } from "./seat.mjs";

const kSeed = Number(process.env.BONGSU_SEED ?? 20261130);
const kCount = 500;
const api = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url)));
const { plain, controls } = payloads(kSeed, kCount);
/** The same without what turns or hides letters, for what is a name: there it is refused. */
const names = plain.map((text) => text.replace(/[\p{C}\u2028\u2029]/gu, " "));

let city, browser, port, room, operator, other, police, supervisor, official;
/** Texts that a door took: each must stand on some screen, as it is. */
const expected = { places: new Map(), texts: new Map() };
/** Fields that were filled with the payloads, by their name in the contract. */
const filled = new Set();

before(async () => {
  city = await City.start();
  port = city.site("11000").http;
  await city.ready();
  browser = await launch();
  room = await Partner.open(city);
  [operator, other, police, supervisor, official] = await Promise.all(["operator1", "operator2", "police1", "supervisor1", "official1"].map((user) => city.login(user)));
  await camerasLive(operator, seoulForest, 40_000);
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

async function each(list, run, atOnce = 6) {
  let next = 0;
  await Promise.all(Array.from({ length: Math.min(atOnce, list.length) }, async () => {
    while (next < list.length) {
      const at = next++;
      await run(list[at], at);
    }
  }));
}

/** A door takes a text, or says in a problem document what is wrong with it; never a page. */
function assertInert(answer, what) {
  assert.ok(answer.status < 500 || answer.status === 503, `${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
  if (answer.text) assert.match(answer.headers["content-type"] ?? "", /^application\/(?:problem\+)?json|^text\/plain/, what);
  assert.equal(answer.headers["x-content-type-options"], "nosniff", what);
  return answer;
}
/** Writes all payloads into one field: what has no control characters must be taken. */
async function fill(field, most, write, { atOnce = 6 } = {}) {
  filled.add(field);
  await each(packed(plain, most), async (text, at) => {
    const answer = assertInert(await write(text, at), field);
    assert.ok(answer.status < 300, `${field}: ${answer.status} ${answer.text.slice(0, 300)} for ${JSON.stringify(text.slice(0, 200))}`);
  }, atOnce);
  for (const [at, text] of controls.entries()) assertInert(await write(text.slice(0, most), 1000 + at), field);
}

const position = seoulForest.position;
const now = () => new Date().toISOString();
const incidentsOf = async () => {
  const found = [];
  for (let cursor = ""; cursor !== null;) {
    const page = await operator.get(`/api/v1/incidents?limit=1000${cursor && `&cursor=${cursor}`}`);
    found.push(...page.items);
    cursor = page.next;
  }
  return found;
};
const acted = (who, incident, body) => who.api("POST", `/api/v1/incidents/${incident}/acts`, body);
/** A fresh incident of the second grade, which opens on nobody's screen by itself. */
let made = 0;
async function opened(more = {}) {
  const answer = await operator.api("POST", "/api/v1/events", { id: `own-${++made}`, source: "desk", type: "112UC001", time: now(), position, grade: "20", place: "서울숲", ...more });
  assert.equal(answer.status, 201, answer.text);
  const id = answer.json.incident;
  return id ?? (await until("it is folded", async () => (await operator.api("POST", "/api/v1/events", { id: `own-${made}`, source: "desk", type: "112UC001", time: now(), position, grade: "20", place: "서울숲", ...more })).json?.incident));
}

// --- what is written ---

/** Who fills which text field, and how; `most` letters at once. */
const texts = {
  "POST /api/v1/events": async () => {
    const places = packed(plain, 500);
    const long = packed(plain, 4000);
    const short = packed(names, 120);
    const items = packed(plain, 990);
    for (const name of ["id", "source", "place", "text", "items.*"]) filled.add(`POST /api/v1/events application/json .${name}`);
    for (const name of ["id", "source", "subject", "data.place", "data.text", "data.items.*", "dataschema", "*any", "data.*any"]) filled.add(`POST /api/v1/events application/cloudevents+json .${name}`);
    await each(places, async (place, at) => {
      const text = long[at % long.length];
      const more = { position, place, text, grade: "20", items: { [short[(at * 3) % short.length].slice(0, 90)]: items[at % items.length] } };
      const own = { id: `${at} ${short[at % short.length]}`.slice(0, 128), source: short[(at + 61) % short.length].slice(0, 128), type: "112UC001", time: now(), ...more };
      const cloud = { specversion: "1.0", id: `${at} ${short[(at + 122) % short.length]}`.slice(0, 128), source: short[(at + 183) % short.length].slice(0, 128), type: "EBSCP110", time: now(), datacontenttype: "application/json",
        subject: place.slice(0, 120), extension: text.slice(0, 200), data: { ...more, another: place } };
      for (const event of [own, cloud]) {
        const answer = assertInert(await operator.api("POST", "/api/v1/events", event, event === cloud ? { "Content-Type": "application/cloudevents+json" } : {}), `event ${JSON.stringify(event).slice(0, 300)}`);
        assert.equal(answer.status, 201, `${answer.text} ${JSON.stringify(event).slice(0, 400)}`);
      }
    });
    for (const [at, text] of controls.entries()) assertInert(await operator.api("POST", "/api/v1/events", { id: `control ${at}`, source: text.slice(0, 60), type: "112UC001", time: now(), position, place: text, text, grade: "20", items: { x: text } }), "event");
  },
  "POST /linkHttp/recvEvent.json": async () => {
    filled.add("POST /linkHttp/recvEvent.json .*any");
    const long = packed(plain, 1500);
    await each(packed(plain, 250), async (place, at) => {
      const answer = await room.send({ number: newNumber(), grade: "20", position, place, text: long[at % long.length], name: place.slice(0, 60), items: [{ ocrEvtItemNm: place.slice(0, 60), ocrEvtItemVal: place }] });
      assertInert(answer, "recvEvent");
    });
    for (const text of controls) assertInert(await room.send({ number: newNumber(), grade: "20", position, place: text, text, name: text }), "recvEvent");
    // What is refused stands among the letters that led to nothing.
    await each(packed(plain, 60).slice(0, 60), async (text) => assertInert(await room.sendBody({ ...eventBody({ number: newNumber() }), evtId: text, ocrSts: text }), "refused"));
  },
  "telegram over TCP": async () => {
    const partner = await StreamPartner.connect(port + ports.fire);
    let taken = 0;
    for (const text of packed(plain, 180, { bytes: true })) {
      const answer = await partner.ask(telegram({ status: "10", fields: [newNumber(), text.replaceAll(";", ","), text.slice(0, 30).replaceAll(";", ","), String(position[0]), String(position[1]), text.replaceAll(";", ","), "", kst(), "u119"] }));
      taken += Number(accepted(answer));
    }
    partner.close();
    assert.ok(taken > 50, `${taken} telegrams were taken`);
    const bells = await StreamPartner.connect(port + ports.bells);
    for (const text of plain.slice(0, 60)) bells.write(bell(text.replace(/[,\n\r]/g, " ").slice(0, 40)));
    bells.write(bell("BELL-XSS"));
    await until("the last bell's line is there", async () => (await incidentsOf()).some(({ number = "" }) => number.includes("BELL-XSS")), { within: 15_000 }).catch(() => undefined);
    bells.close();
  },
  "acts": async () => {
    const one = await opened({ place: "서울숲 메모" });
    await acted(operator, one, { act: "receive" });
    await fill("POST /api/v1/incidents/{id}/acts .text", 1900, (text, at) => acted(operator, one, { act: at % 2 ? "dispatch" : "note", text }));
    for (const text of packed(plain, 1900)) {
      const [closed, cancelled] = [await opened(), await opened()];
      for (const [id, body] of [[closed, { act: "close", outcome: "false", text }], [cancelled, { act: "cancel", text }]]) assert.equal(assertInert(await acted(operator, id, body), "act").status, 201);
    }
    const me = await operator.get("/api/v1/me");
    const heir = await other.get("/api/v1/me");
    for (const [at, text] of packed(plain, 1900).entries()) {
      const [who, to] = at % 2 ? [other, me] : [operator, heir];
      const answer = assertInert(await acted(who, one, { act: "hand_over", person: to.id, text }), "hand over");
      assert.equal(answer.status, 201, answer.text);
    }
    const into = await opened({ place: "서울숲 병합" });
    await fill("POST /api/v1/incidents/{id}/merge .text", 1900, async (text) => operator.api("POST", `/api/v1/incidents/${into}/merge`, { other: await opened(), text }), { atOnce: 1 });
    expected.texts.set("one", one);
  },
  "procedure": async () => {
    let at = { id: "", steps: [] };
    await fill("POST /api/v1/incidents/{id}/procedure/steps .reason", 480, async (reason) => {
      if (!at.current) {
        const id = await opened();
        await acted(operator, id, { act: "receive" });
        at = { id, ...(await until("its procedure", async () => (await operator.api("GET", `/api/v1/incidents/${id}/procedure`)).json?.current && (await operator.get(`/api/v1/incidents/${id}/procedure`)))) };
      }
      const answer = await operator.api("POST", `/api/v1/incidents/${at.id}/procedure/steps`, { step: at.current, skip: true, reason });
      if (answer.status < 300) at.current = answer.json.current;
      return answer;
    }, { atOnce: 1 });
    expected.texts.set("skipped", at.id);
  },
  "holds": async () => {
    const one = await opened({ place: "서울숲 보존" });
    await acted(operator, one, { act: "receive" });
    await fill("POST /api/v1/holds/{id}/end .reason", 480, async (reason) => {
      const asked = await acted(operator, one, { act: "request_hold" });
      assert.equal(asked.status, 201, asked.text);
      const [hold] = (await official.get(`/api/v1/holds?incident=${one}&state=standing`)).items;
      return official.api("POST", `/api/v1/holds/${hold.id}/end`, { reason });
    }, { atOnce: 1 });
  },
  "duty": async () => {
    await fill("POST /api/v1/duty/notes .text", 950, (text, at) => operator.api("POST", "/api/v1/duty/notes", { text, handOver: at % 2 === 0 }));
    const reported = [];
    await fill("POST /api/v1/duty/shortcomings .text", 950, async (text) => {
      const answer = await operator.api("POST", "/api/v1/duty/shortcomings", { text });
      if (answer.json?.no) reported.push(answer.json.no);
      return answer;
    });
    await fill("POST /api/v1/duty/shortcomings/{no}/answer .text", 950, (text, at) => supervisor.api("POST", `/api/v1/duty/shortcomings/${reported[at % reported.length]}/answer`, { text }));
    const { set } = await operator.get("/api/v1/duty/watch/own");
    const camera = set.stops[0].cameras[0].id;
    await operator.api("POST", "/api/v1/tickets", { grant: set.grant, camera, kind: "live" });  // What is found has been seen.
    const { kind } = (await operator.get("/api/v1/duty/findings/kinds")).items.find(({ grade }) => grade === "20");
    await fill("POST /api/v1/duty/findings .text", 480, (text) => operator.api("POST", "/api/v1/duty/findings", { camera, kind, text }));
  },
  "reasons": async () => {
    // Nobody is shown why an alarm was put away, and those that stand here may not be: the door alone.
    const { items: alarms } = await supervisor.get("/api/v1/alarms");
    assert.ok(alarms.length > 0, "skipped steps are alarms");
    filled.add("POST /api/v1/alarms/{id}/shelve .reason");
    for (const [at, reason] of [...packed(plain, 290), ...controls].entries()) assertInert(await supervisor.api("POST", `/api/v1/alarms/${alarms[at % alarms.length].id}/shelve`, { reason, minutes: 5 }), "shelve");
    await fill("POST /api/v1/partners/reload .reason", 480, (reason) => official.api("POST", "/api/v1/partners/reload", { reason }), { atOnce: 1 });
    // No camera of the demonstration turns: the door alone.
    for (const name of [".grant", ".reason"]) filled.add(`POST /api/v1/cameras/{id}/ptz/lease ${name}`);
    filled.add("POST /api/v1/cameras/{id}/ptz/preset .preset");
    for (const text of packed(plain, 190).slice(0, 20)) {
      assertInert(await operator.api("POST", `/api/v1/cameras/11000-0001/ptz/lease`, { grant: text.slice(0, 60), reason: text }), "lease");
      assertInert(await operator.api("POST", `/api/v1/cameras/11000-0001/ptz/preset`, { preset: text.slice(0, 60) }), "preset");
    }
    await fill("POST /api/v1/services/reload .reason", 480, (reason) => official.api("POST", "/api/v1/services/reload", { reason }), { atOnce: 1 });
    const grants = [];
    for (const { id } of (await incidentsOf()).filter(({ type }) => type === "BSFND001")) grants.push(...(await supervisor.get(`/api/v1/grants?incident=${id}`)).items.filter(({ state }) => state === "live"));
    for (const name of ["POST /api/v1/messages/dead/{raw}/dismiss .reason", "POST /api/v1/messages/dead/{raw}/release .reason", "POST /api/v1/messages/dead/release .reason", "POST /api/v1/deliveries/{id}/retry .reason", "DELETE /api/v1/grants/{id} .reason", "POST /api/v1/journal/erasures .basis"]) filled.add(name);
    for (const [at, grant] of grants.slice(0, 20).entries()) assertInert(await supervisor.api("DELETE", `/api/v1/grants/${grant.id}`, { reason: packed(plain, 480)[at] }), "grant");
    const { items: letters } = await operator.get("/api/v1/messages/dead?limit=100");
    assert.ok(letters.length >= 40, `${letters.length} letters`);
    for (const [at, reason] of packed(plain, 480).slice(0, 12).entries()) {
      assertInert(await operator.api("POST", `/api/v1/messages/dead/${letters[at].seq}/${at % 2 ? "dismiss" : "release"}`, { reason }), "letter");
      assertInert(await operator.api("POST", "/api/v1/messages/dead/release", { reason, limit: 1 }), "letters");
      assertInert(await operator.api("POST", "/api/v1/deliveries/01K0000000000000000000000Z/retry", { reason }), "delivery");
      assertInert(await official.api("POST", "/api/v1/journal/erasures", { reason: "requested", basis: reason.slice(0, 290), incident: "01K0000000000000000000000Z" }), "erasure");
    }
  },
  "cameras' lists": async () => {
    filled.add("POST /api/v1/cameras/imports");
    const quoted = (text) => `"${text.replaceAll("\"", "\"\"").replace(/[\r\n]/g, " ")}"`;
    const rows = plain.map((text, at) => `X${at},${quoted(text.slice(0, 190))},${quoted(text.slice(0, 60))},1,${(position[1] + (at % 23) / 30000).toFixed(6)},${(position[0] + (at % 22) / 30000).toFixed(6)}`);
    const body = `관리번호,소재지도로명주소,설치목적구분,카메라대수,위도,경도\n${rows.join("\n")}\n`;
    const answer = assertInert(await official.api("POST", "/api/v1/cameras/imports?list=xss", body, { "Content-Type": "text/csv" }), "import");
    assert.equal(answer.status, 201, answer.text.slice(0, 400));
    assert.ok(answer.json.added > 450, `${answer.json.added} cameras were added`);
    for (const text of plain.slice(0, 100)) assertInert(await official.api("POST", `/api/v1/cameras/imports?list=${encodeURIComponent(text)}&columns=${encodeURIComponent(text)}&sheet=${encodeURIComponent(text)}&crs=${encodeURIComponent(text)}&dryRun=true`, body.slice(0, 300), { "Content-Type": "text/csv" }), "import's settings");
  },
};

/** No free text: an id, a word of a list, a time. A door refuses whatever else stands there. */
const bound = [
  "POST /api/v1/login .user", "POST /api/v1/login .password", "POST /api/v1/events application/json .type", "POST /api/v1/events application/json .time", "POST /api/v1/events application/json .grade", "POST /api/v1/events application/json .state",
  ...["specversion", "type", "time", "datacontenttype", "data.grade", "data.state", "data_base64"].map((name) => `POST /api/v1/events application/cloudevents+json .${name}`),
  ...["getAuth", "linkHttp/recvEvent", "reqEvent"].flatMap((name) => ["svcTy", "hdCnt", "dtCnt", "sendCd", "rcvCd", "encAt", "tranTy", "rrKey", "reqDate", "bodyLen", "sysCd", "*any"].map((field) => `POST ${name.includes("/") ? "" : "/api"}/${name}.json .${field}`)).filter((key) => key !== "POST /linkHttp/recvEvent.json .*any"),
  "POST /api/v1/duty/seat .seat", "POST /api/v1/duty/shifts/{id}/brief/acks .kind", "POST /api/v1/duty/shifts/{id}/brief/acks .subject", "POST /api/v1/duty/shortcomings/{no}/assign .user", "POST /api/v1/duty/shifts/{id}/absences .user",
  "POST /api/v1/duty/shifts/{id}/absences .reason", "POST /api/v1/duty/shifts/{id}/calls .user", "POST /api/v1/duty/shifts/{id}/calls .seat", "PUT /api/v1/duty/crews/{crew} .from", "PUT /api/v1/duty/crews/{crew} .members[].user", "PUT /api/v1/duty/crews/{crew} .members[].seat",
  "POST /api/v1/duty/watch/lit .from", "POST /api/v1/duty/watch/lit .to", "POST /api/v1/duty/watch/lit .screens[].camera", "POST /api/v1/duty/findings .camera", "POST /api/v1/duty/findings .kind", "POST /api/v1/duty/findings .picture",
  "POST /api/v1/incidents/{id}/acts .act", "POST /api/v1/incidents/{id}/acts .outcome", "POST /api/v1/incidents/{id}/acts .result", "POST /api/v1/incidents/{id}/acts .person", "POST /api/v1/incidents/{id}/merge .other", "POST /api/v1/incidents/{id}/split .event",
  "POST /api/v1/incidents/{id}/procedure/steps .step", "POST /api/v1/incidents/{id}/procedure/steps .answer", "POST /api/v1/incidents/{id}/procedure/acks .step", "POST /api/v1/grants .incident", "POST /api/v1/grants .purpose", "POST /api/v1/grants .cameras[]",
  "POST /api/v1/tickets .grant", "POST /api/v1/tickets .camera", "POST /api/v1/tickets .kind", "POST /api/v1/tickets .from", "POST /api/v1/tickets .to", "POST /api/v1/messages/dead/release .partner", "POST /api/v1/messages/dead/release .code",
  "POST /api/v1/messages/dead/{raw}/release .despite", "POST /api/v1/journal/erasures .reason", "POST /api/v1/journal/erasures .incident", "POST /api/v1/journal/erasures .before", "POST /api/v1/drills .incident",
];

/** Every text field of every write: "METHOD path .field", with the content type where there are several of one shape. */
function fieldsOf(document) {
  const follow = (schema) => (schema.$ref ? follow(schema.$ref.split("/").slice(1).reduce((at, name) => at[name], document)) : schema);
  const found = new Map();
  const walk = (given, path, put, depth = 0) => {
    const schema = follow(given);
    if (depth > 8) return;
    for (const part of ["allOf", "anyOf", "oneOf"]) for (const inner of schema[part] ?? []) walk(inner, path, put, depth + 1);
    if ([schema.type].flat().includes("string") || schema.enum) put(path, schema);
    for (const [name, inner] of Object.entries(schema.properties ?? {})) walk(inner, `${path}.${name}`, put, depth + 1);
    if (schema.additionalProperties === true) put(`${path}.*any`, {});
    else if (schema.additionalProperties) walk(schema.additionalProperties, `${path}.*`, put, depth + 1);
    if (schema.items) walk(schema.items, `${path}[]`, put, depth + 1);
  };
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      if (!["post", "put", "delete", "patch"].includes(method)) continue;
      const contents = Object.entries(follow(operation.requestBody ?? {}).content ?? {});
      for (const [type, { schema = {} }] of contents) {
        const label = path === "/api/v1/events" ? ` ${type}` : "";
        walk(schema, "", (field, { format }) => {
          // A file, whatever stands in it: a list of cameras.
          if (format === "binary") return path.endsWith("/imports") ? found.set(`${method.toUpperCase()} ${path}`, { method, path, field }) : undefined;
          found.set(`${method.toUpperCase()} ${path}${label} ${field}`, { method, path, field, type });
        });
      }
    }
  }
  return found;
}

step("500 payloads go through every text field, and every field of the contract is known here", async () => {
  assert.equal(plain.length + controls.length, kCount);
  const spent = [];
  for (const [name, write] of Object.entries(texts)) {
    const begun = Date.now();
    await write();
    spent.push(`${name} ${Date.now() - begun} ms`);
  }
  console.log(`# seed ${kSeed}; ${spent.join(", ")}`);
  const known = new Set([...filled, ...bound]);
  const fields = fieldsOf(api);
  assert.deepEqual([...fields.keys()].filter((field) => !known.has(field)), [], "text fields that this test does not fill");
  assert.deepEqual([...known].filter((field) => !fields.has(field)), [], "fields that the contract does not have");
});

step("what is no free text is refused by a problem, whatever stands there", async () => {
  const fields = fieldsOf(api);
  const zero = "01K0000000000000000000000Z";
  const fit = (field, value) => {
    const parts = field.slice(1).split(".");
    return parts.reduceRight((inner, part) => (part === "*any" ? { another: inner } : part.endsWith("[]") ? { [part.slice(0, -2)]: [inner] } : { [part]: inner }), value);
  };
  await each(bound.filter((key) => !key.includes("/login ")), async (key, at) => {
    const { method, path, field, type } = fields.get(key);
    for (let n = 0; n < 6; n++) {
      const payload = plain[(at * 6 + n) % plain.length].slice(0, 60);
      const target = path.replace(/\{\w+\}/g, n % 2 ? encodeURIComponent(payload) : zero);
      const who = path.includes("/erasures") ? official : path.includes("/watch/lit") ? operator : supervisor;
      const answer = assertInert(await who.api(method.toUpperCase(), target, fit(field, payload), { "Content-Type": type }), key);
      // The agencies' form says so in its own words.
      if (path.startsWith("/api/v1/")) assert.ok(answer.status >= 400, `${key}: ${answer.status} ${answer.text}`);
      else assert.equal(answer.json?.result, "1", `${key}: ${answer.text}`);
    }
  });
  // Paths and queries of what is read, and of the page itself.
  await each(Object.entries(api.paths).filter(([, { get }]) => get && !get.servers), async ([path], at) => {
    for (let n = 0; n < 4; n++) {
      const payload = encodeURIComponent(plain[(at * 4 + n) % plain.length].slice(0, 80));
      assertInert(await supervisor.api("GET", `${path.replace(/\{\w+\}/g, payload)}?q=${payload}&cursor=${payload}&${payload}=1`), path);
    }
  });
  for (const user of plain.slice(0, 5)) assertInert(await request(port, "POST", "/api/v1/login", { headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user: user.slice(0, 60), password: user.slice(0, 60) }) }), "login");
});

// --- what is looked at ---

/** Before the page's own scripts: notes whatever a text could make a page do. */
function watch() {
  const seen = (window.seenOfTest = { ran: [], refused: [], made: new Set() });
  window.xss = (n) => seen.ran.push(n);
  for (const name of ["alert", "confirm", "prompt", "print", "open"]) window[name] = (...given) => seen.ran.push(`${name} ${given}`);
  document.addEventListener("securitypolicyviolation", (event) => seen.refused.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`));
  const own = new Set(("html head body title meta link script style div span p b strong i q em small button ul ol li dl dt dd h1 h2 h3 header main section article aside footer form fieldset legend label input textarea "
    + "select option canvas video figure figcaption kbd time img summary details table caption thead tbody tfoot tr th td").split(" "));
  const judge = (element) => {
    const name = element.localName;
    const address = element.getAttribute("src") ?? element.getAttribute("href") ?? element.getAttribute("action") ?? element.getAttribute("formaction") ?? element.getAttribute("srcset") ?? "";
    const isOurs = address === "" || /^(?:\/assets\/[\w.-]+|\/favicon\.svg|blob:http:\/\/127\.0\.0\.1:\d+\/[\w-]+)$/.test(address);
    const attributes = [...element.attributes].map((each) => each.name);
    if (!own.has(name) || !isOurs || attributes.some((each) => /^on|^srcdoc$|^xlink|^data-xss|["'<>`=(]/.test(each))) seen.made.add(element.outerHTML.slice(0, 300));
  };
  new MutationObserver((changes) => {
    for (const { addedNodes, target, type } of changes) {
      if (type === "attributes") judge(target);
      for (const node of addedNodes) if (node instanceof Element) [node, ...node.querySelectorAll("*")].forEach(judge);
    }
  }).observe(document, { subtree: true, childList: true, attributes: true });
}

const strays = [];
async function sit(user, size) {
  const seat = await sitDown(browser, city, size);
  await seat.page.addInitScript(watch);
  seat.page.on("dialog", (dialog) => strays.push(`dialog ${dialog.message()}`) && void dialog.dismiss());
  seat.page.on("popup", (page) => strays.push(`window ${page.url()}`));
  seat.page.on("download", (file) => strays.push(`download ${file.url()}`));
  seat.page.on("request", (asked) => {
    if (!/^(?:blob:)?http:\/\/127\.0\.0\.1:|^data:/.test(asked.url())) strays.push(`request ${asked.url()}`);
  });
  await seat.page.goto(`http://127.0.0.1:${port}/?x=${encodeURIComponent(plain[0])}#${encodeURIComponent(plain[1])}`);
  seat.page.on("framenavigated", (frame) => strays.push(`navigated ${frame.url()}`));
  await seat.shows("input[name=user]");
  await seat.login({ user: plain[60].slice(0, 60), password: plain[61] });
  await until("a stranger is refused", async () => (await seat.text("[role=alert]")) !== "");
  await seat.page.locator("input[name=user]").fill("");
  await seat.page.locator("input[name=user]").focus();
  await seat.login(city.account(user));
  await seat.atRest();
  return seat;
}
const all = (seat, selector) => seat.page.evaluate((at) => [...document.querySelectorAll(at)].map((each) => each.textContent), selector);
/** HTML shows a run of spaces as one, and so does what is compared. */
const flat = (text) => text.replace(/\s+/g, " ").trim();

/** What was seen on a page, and its end. */
async function leave(seat) {
  const seen = await seat.page.evaluate(() => ({ ...window.seenOfTest, made: [...window.seenOfTest.made] }));
  assert.deepEqual(seen, { ran: [], refused: [], made: [] });
  assert.deepEqual(seat.errors, []);
  await seat.context.close();
}

let desk;
step("the queue shows every place as its words, the map and the palette too", async () => {
  desk = await sit("operator1", { width: 1280, height: 800 });
  const incidents = new Map((await incidentsOf()).map((incident) => [incident.id, incident]));
  const open = [...incidents.values()].filter(({ state }) => ["new", "received", "acting"].includes(state));
  assert.ok(open.length > 150, `${open.length} open incidents`);
  const seen = new Map();
  await desk.press("Home");
  for (let last = ""; seen.size < open.length;) {
    const rows = await desk.page.evaluate(() => [...document.querySelectorAll("li[data-incident]")].map((row) => [row.dataset.incident, row.querySelector(".where").textContent]));
    for (const [id, where] of rows) seen.set(id, where);
    await desk.press("PageDown", "PageDown");
    const at = await desk.page.evaluate(() => document.querySelector(".incident-row.marked")?.id);
    if (at === last) break;
    last = at;
  }
  assert.ok(seen.size >= Math.min(open.length, 150), `${seen.size} rows of ${open.length}`);
  let said = 0;
  for (const [id, where] of seen) {
    const incident = incidents.get(id);
    if (!incident?.place) continue;
    assert.equal(where, incident.place);
    said += Number(/[<>"'`]/.test(where));
  }
  assert.ok(said > 100, `${said} places with payloads`);
  assert.ok((await all(desk, ".pin")).length > 0);
  for (const query of [...plain.slice(0, 12), plain.at(-1)]) {
    await desk.press("/");
    await desk.shows("[data-testid=palette]");
    await desk.page.keyboard.insertText(query.slice(0, 90));
    await desk.press("ArrowDown", "Escape");
  }
  await desk.press("/");
  await desk.page.keyboard.insertText("onerror");
  await until("cameras with such names are found", async () => (await desk.count("[data-testid=palette] [data-kind=camera]")) > 0);
  assert.ok((await all(desk, "[data-testid=palette] .name")).some((name) => name.includes("onerror")));
  await desk.press("Escape");
});

step("cards, records, procedures and pictures' names are shown as they were written", async () => {
  const incidents = await incidentsOf();
  const shown = [...new Set([...expected.texts.values(), ...incidents.filter(({ text = "" }) => /[<>"'`]/.test(text)).slice(0, 26).map(({ id }) => id), ...incidents.filter(({ type }) => type === "BSFND001").slice(0, 6).map(({ id }) => id)])];
  let looked = 0;
  for (const id of shown) {
    const incident = await operator.get(`/api/v1/incidents/${id}`);
    await desk.press("/");
    await desk.shows("[data-testid=palette]");
    await desk.page.keyboard.insertText(id === expected.texts.get("one") ? incident.place : flat(incident.number ?? "").slice(0, 90));
    const option = await desk.shows(`[data-testid=palette] [data-id="${id}"]`, 2000).catch(() => null);
    if (!option) {
      await desk.press("Escape");
      continue;
    }
    await until("it is chosen", async () => (await desk.page.evaluate(() => document.querySelector("[data-testid=palette] [aria-selected=true]")?.dataset.id)) === id || (await desk.press("ArrowDown"), false));
    await desk.press("Enter");
    await until("its card", async () => (await desk.page.evaluate(() => document.querySelector(".card .facts")?.textContent ?? "")).includes(incident.number));
    looked++;
    const card = await desk.page.evaluate(() => ({ place: document.querySelector(".card .place").textContent, text: document.querySelector(".card .incident-text")?.textContent ?? "", facts: document.querySelector(".card .facts").textContent }));
    if (incident.place) assert.equal(card.place, incident.place);
    if (incident.text) assert.equal(card.text, incident.text);
    if (id !== expected.texts.get("one")) continue;
    const { items } = await operator.get(`/api/v1/incidents/${id}/timeline?limit=200`);
    const words = items.map(({ text }) => text).filter(Boolean);
    assert.ok(words.length > 40);
    const record = await until("its record is read", async () => ((await all(desk, ".timeline q")).length >= words.length) && (await all(desk, ".timeline q")));
    for (const text of words) assert.ok(record.includes(text), text.slice(0, 200));
    await desk.press("Shift+R");
    await desk.shows("[data-testid=replay-lines]");
    await desk.press("End");
    await until("the replay shows them too", async () => (await all(desk, ".replay-lines q")).some((text) => words.includes(text)));
    await desk.press("Escape");
    await until("the replay is gone", async () => (await desk.count("[role=dialog]")) === 0);
    await desk.press("Shift+M");
    await desk.shows("[data-testid=merge][data-near]:not([data-near=''])");
    await desk.press("Escape");
  }
  assert.ok(looked >= 20, `${looked} cards`);
});

step("lists and dialogs: letters, alarms, holds, duty, log, drills", async () => {
  const opens = async (seat, key, selector, texts) => {
    await seat.press(key);
    await seat.shows(selector);
    for (const [at, wanted] of Object.entries(texts)) {
      assert.ok(wanted.length > 0, `${key}: there is something to be seen`);
      const found = await until(`${selector} ${at} shows them`, async () => {
        const there = (await all(seat, at)).join("\n");
        return wanted.every((text) => there.includes(text)) && there;
      }, { within: 8000 });
      assert.ok(found);
    }
    await seat.press("Escape");
    await until("it is gone", async () => (await seat.count("[role=dialog]")) === 0);
  };
  const letters = (await operator.get("/api/v1/messages/dead?limit=100")).items.map(({ reason }) => reason);
  await opens(desk, "e", "[data-testid=dead-letters]", { ".dead-head": letters });
  await leave(desk);
  const begun = await supervisor.api("POST", "/api/v1/drills", { incident: expected.texts.get("one"), speed: 10 });
  assert.equal(begun.status, 201, begun.text);
  const chief = await sit("supervisor1", { width: 1280, height: 800 });
  const holds = (await official.get("/api/v1/holds?state=ended&limit=1000")).items.map(({ reason }) => reason).filter(Boolean);
  await opens(chief, "Shift+Z", "[data-testid=holds]", { "[data-testid=holds] li": holds });
  const { shift } = await operator.get("/api/v1/duty");
  const log = await operator.get(`/api/v1/duty/shifts/${shift.id}/log`);
  const wanting = (await supervisor.get("/api/v1/duty/shortcomings")).items.flatMap(({ text, answer }) => [text, answer].filter(Boolean));
  await opens(chief, "h", "[data-testid=log]", { "[data-testid=log] li": log.lines.flatMap(({ kind, text }) => (kind === "noted" && text ? [text] : [])).slice(-40), "[data-testid=shortcomings] li": wanting });
  await supervisor.api("POST", `/api/v1/drills/${begun.json.id}/stop`);
  for (const key of ["w", "b", "Shift+T", "u"]) await opens(chief, key, "[role=dialog]", {});
  await leave(chief);
});

step("the agency's page shows its own as words too", async () => {
  const mine = city.accounts.find(({ user }) => user === "112");
  const agency = await sit(mine.user, { width: 390, height: 844 });
  await until("its incidents are there", async () => (await agency.count(".incident-row")) > 3);
  const places = new Set((await incidentsOf()).map(({ place }) => place));
  const shown = await all(agency, ".incident-row .where");
  assert.ok(shown.some((where) => /[<>"'`]/.test(where)));
  for (const where of shown) assert.ok(places.has(where) || where === "위치 설명 없음" || !/[<>]/.test(where), where);
  await agency.press("j", "Enter", "j", "Enter", "j", "Enter");
  await agency.shows("[data-testid=incident-card]");
  await leave(agency);
});

step("nothing was asked of anybody else, nothing went anywhere", async () => assert.deepEqual(strays, []));

// --- pages of another origin ---

/** What people's acts leave on record, and what was seen; not what the site does by its own clock. */
const written = async () => (await City.journal(supervisor)).flatMap(({ kind, actor }) => (/^(?:message|event|incident|duty|grant|hold|sop|drill|camera|import|ticket|view|journal|partner|session|account)/.test(kind) && (!actor.startsWith("site:") || kind.startsWith("view")) ? `${kind} ${actor}` : []));
const writes = () => Object.entries(api.paths).flatMap(([path, operations]) => Object.keys(operations).filter((method) => ["post", "put", "delete", "patch"].includes(method) && !operations[method].servers).map((method) => [method.toUpperCase(), path.replace(/\{\w+\}/g, "01K0000000000000000000000Z")]));
const bodies = { "application/x-www-form-urlencoded": "act=note&text=x&user=operator1&reason=x&dryRun=false&id=1&source=x&type=112UC001", "text/plain": '{"text":"x","reason":"x","act":"note","id":"1","source":"x","type":"112UC001","time":"2026-01-01T00:00:00Z"}', "multipart/form-data; boundary=x": '--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nx\r\n--x--\r\n' };

step("no write happens without the bearer, whatever a browser would add by itself", async () => {
  const before = await written();
  await each(writes(), async ([method, path]) => {
    for (const [type, body] of Object.entries({ ...bodies, "application/json": bodies["text/plain"] })) {
      const answer = assertInert(await request(port, method, path, { headers: { Cookie: `token=${operator.token}; session=${operator.token}; Authorization=Bearer ${operator.token}`, Origin: "http://evil.example", Referer: "http://evil.example/", "Content-Type": type }, body }), `${method} ${path} ${type}`);
      const said = answer.json?.result;  // The agencies' form says in its own words that it took nothing.
      assert.ok(answer.status >= 400 || (said !== undefined && said !== "0"), `${method} ${path} ${type}: ${answer.status} ${answer.text}`);
      assert.equal(answer.headers["access-control-allow-origin"], undefined, path);
      assert.equal(answer.headers["set-cookie"], undefined, path);
    }
  });
  assert.deepEqual((await written()).slice(before.length), []);
});

step("a page of another origin writes nothing, hears nothing and sees nothing, even with a token and a ticket in its hands", async () => {
  const page = http.createServer((_, answer) => answer.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>evil</title><iframe name=target></iframe>"));
  await new Promise((listening) => page.listen(0, "127.0.0.1", listening));
  const context = await browser.newContext();
  try {
    const { grant } = await openIncident(room, operator, seoulForest);
    const tickets = [];
    for (const _ of [1, 2, 3]) tickets.push((await operator.api("POST", "/api/v1/tickets", { grant: grant.id, camera: grant.cameras[0], kind: "live" })).json);
    const before = await written();
    const foreign = await context.newPage();
    // Chromium may say that this page must not reach the loopback at all; then nothing else is tried by it.
    await context.grantPermissions([]).catch(() => undefined);
    await foreign.goto(`http://127.0.0.1:${page.address().port}/`);
    const got = await foreign.evaluate(async ({ port: to, writes: doors, bodies: kinds, token, tickets: given }) => {
      const won = [];
      for (const [method, path] of doors) {
        for (const [type, body] of Object.entries(kinds)) {
          for (const mode of method === "POST" ? ["cors", "no-cors"] : ["cors"]) {
            await fetch(`http://127.0.0.1:${to}${path}`, { method, mode, credentials: "include", headers: { "Content-Type": type }, ...(method === "DELETE" ? {} : { body }) })
              .then((answer) => mode === "cors" && won.push(`${method} ${path} ${answer.status}`), () => undefined);
          }
        }
        // What a preflight would have to allow.
        await fetch(`http://127.0.0.1:${to}${path}`, { method, headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" }, ...(method === "DELETE" ? {} : { body: "{}" }) }).then((answer) => won.push(`${method} ${path} with a token ${answer.status}`), () => undefined);
        if (method !== "POST") continue;
        const form = Object.assign(document.createElement("form"), { action: `http://127.0.0.1:${to}${path}`, method: "post", target: "target", enctype: "text/plain" });
        document.body.append(form);
        form.submit();
        form.remove();
      }
      const hears = (url, first) => new Promise((done) => {
        const socket = new WebSocket(url);
        const end = (what) => (socket.close(), done(what));
        socket.onopen = () => first && socket.send(first);
        socket.onmessage = ({ data }) => end(String(data).slice(0, 80) || "bytes");
        socket.onerror = socket.onclose = () => end(null);
        setTimeout(() => end(null), 4000);
      });
      const sockets = { "stream without a token": await hears(`ws://127.0.0.1:${to}/api/v1/stream`), "stream with a token": await hears(`ws://127.0.0.1:${to}/api/v1/stream`, JSON.stringify({ token })), fmp4: await hears(`${given[0].fmp4}?ticket=${given[0].ticket}`),
        "fmp4 of many": await hears(given[1].fmp4.replace(/\/fmp4\/.*$/, "/fmp4"), JSON.stringify({ open: 1, ticket: given[1].ticket })) };
      for (const [what, heard] of Object.entries(sockets)) if (heard !== null) won.push(`${what}: ${heard}`);
      const peer = new RTCPeerConnection();
      peer.addTransceiver("video", { direction: "recvonly" });
      await peer.setLocalDescription(await peer.createOffer());
      const headers = { "Content-Type": "application/sdp", Authorization: `Bearer ${given[2].ticket}` };
      await fetch(given[2].whep, { method: "POST", headers, body: peer.localDescription.sdp }).then((answer) => won.push(`whep ${answer.status}`), () => undefined);
      await fetch(`${given[2].whep}?ticket=${given[2].ticket}`, { method: "POST", mode: "no-cors", body: peer.localDescription.sdp }).catch(() => undefined);
      peer.close();
      return won;
    }, { port, writes: writes(), bodies, token: operator.token, tickets });
    assert.deepEqual(got, []);
    assert.deepEqual((await written()).slice(before.length), []);

    // The same without a browser in between: what the doors themselves do.
    const evil = { Origin: "http://evil.example" };
    const upgrade = { ...evil, Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" };
    const opens = (to, target) => new Promise((done) => {
      const asked = http.request({ host: "127.0.0.1", port: to, path: target, headers: upgrade });
      asked.on("upgrade", (_, socket) => (socket.destroy(), done(101)));
      asked.on("response", (answer) => (answer.resume(), done(answer.statusCode)));
      asked.on("error", () => done(0));
      asked.end();
    });
    const { media } = city.site("11000");
    const camera = grant.cameras[0];
    for (const [to, target] of [[port, "/api/v1/stream"], [media, `/fmp4/${camera}?ticket=${tickets[0].ticket}`], [media, "/fmp4"]]) assert.equal(await opens(to, target), 403, target);
    const whep = await request(media, "POST", `/whep/${camera}`, { headers: { ...evil, "Content-Type": "application/sdp", Authorization: `Bearer ${tickets[2].ticket}` }, body: "v=0\r\n" });
    assert.equal(whep.status, 403, whep.text);
    assert.deepEqual((await written()).slice(before.length), []);
  } finally {
    await context.close();
    page.close();
  }
});
