import { expect, test, vi } from "vitest";

import { user } from "../test/samples";
import { FakeServer, page } from "../test/server";
import { loginMessage, SessionKeeper } from "./session";

const keeperOf = (server: FakeServer) => new SessionKeeper(server.fetch as typeof fetch);
const accept = (): [number, unknown] => [200, { token: "secret", expires: "2026-01-01T12:00:00Z", user }];

test("the token goes with each call as a bearer and nowhere else", async () => {
  let header: string | null = null;
  const keeper = keeperOf(
    new FakeServer({
      "POST /api/v1/login": accept,
      "GET /api/v1/sites": (request) => ((header = request.headers.get("Authorization")), page([])),
    }),
  );
  expect(await keeper.login("op1", "pw")).toBeNull();
  await keeper.api.sites();
  expect(header).toBe("Bearer secret");
  expect(document.cookie).toBe("");
  expect(localStorage.length + sessionStorage.length).toBe(0);
});

test("writes carry an idempotency key, each its own", async () => {
  const keys: (string | null)[] = [];
  const keeper = keeperOf(
    new FakeServer({ "POST /api/v1/incidents/i1/acts": (request) => (keys.push(request.headers.get("Idempotency-Key")), [201, {}]) }),
  );
  await keeper.api.act("i1", { act: "receive" });
  await keeper.api.act("i1", { act: "receive" });
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[0]).not.toBe(keys[1]);
});

test("a wrong password leaves nobody logged in and says which way it failed", async () => {
  const keeper = keeperOf(new FakeServer({ "POST /api/v1/login": () => [401, { title: "Unauthenticated", detail: "user or password" }] }));
  const problem = await keeper.login("op1", "no");
  expect(problem && loginMessage(problem)).toBe("login.bad");
  expect(keeper.store.get().user).toBeNull();
  expect(loginMessage({ status: 429, detail: "" })).toBe("login.many");
  expect(loginMessage({ status: 0, detail: "" })).toBe("login.down");
});

test("a session that the server ended drops the token and says so", async () => {
  const keeper = keeperOf(new FakeServer({ "POST /api/v1/login": accept, "GET /api/v1/sites": () => [401, { title: "x" }] }));
  await keeper.login("op1", "pw");
  await keeper.api.sites();
  expect(keeper.token()).toBeNull();
  expect(keeper.store.get()).toEqual({ user: null, ended: "expired" });
});

test("a seat whose account logged in elsewhere says so, and asks with the token that it had", async () => {
  const headers: (string | null)[] = [];
  const keeper = keeperOf(
    new FakeServer({
      "POST /api/v1/login": accept,
      "GET /api/v1/sites": (request) => (headers.push(request.headers.get("Authorization")), [401, { type: "/problems/session_replaced", title: "x" }]),
    }),
  );
  await keeper.login("op1", "pw");
  keeper.expire();
  expect(keeper.store.get()).toEqual({ user: null, ended: "expired" });
  await vi.waitFor(() => expect(keeper.store.get()).toEqual({ user: null, ended: "replaced" }));
  expect(headers).toEqual(["Bearer secret"]);
});

test("who has logged in again meanwhile is not thrown out by the answer", async () => {
  const keeper = keeperOf(
    new FakeServer({ "POST /api/v1/login": accept, "GET /api/v1/sites": () => [401, { type: "/problems/session_replaced", title: "x" }] }),
  );
  await keeper.login("op1", "pw");
  keeper.expire();
  await keeper.login("op1", "pw");
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(keeper.store.get()).toEqual({ user, ended: null });
});

test("logging out tells the server and forgets the token without blame", async () => {
  let header: string | null = null;
  const server = new FakeServer({
    "POST /api/v1/login": accept,
    "POST /api/v1/logout": (request) => ((header = request.headers.get("Authorization")), [204, null]),
  });
  const keeper = keeperOf(server);
  await keeper.login("op1", "pw");
  keeper.logout();
  expect(keeper.token()).toBeNull();
  expect(keeper.store.get().ended).toBeNull();
  await vi.waitFor(() => expect(header).toBe("Bearer secret"));
});
