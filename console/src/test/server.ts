/** A server made of functions, for tests: "METHOD /path" -> status and body. A call that no route takes fails the test. */
export type Route = (request: Request, body: unknown) => [status: number, body: unknown] | Promise<[number, unknown]>;

export class FakeServer {
  readonly calls: string[] = [];
  constructor(readonly routes: Record<string, Route>) {}

  fetch = async (input: RequestInfo | URL): Promise<Response> => {
    const request = input as Request;
    const key = `${request.method} ${new URL(request.url).pathname}`;
    this.calls.push(key);
    const route = this.routes[key];
    if (!route) throw new Error(`no route for ${key}`);
    const text = await request.text();
    const [status, body] = await route(request, text ? JSON.parse(text) : null);
    if (status === 204) return new Response(null, { status });
    const type = status < 400 ? "application/json" : "application/problem+json";
    return new Response(JSON.stringify(body), { status, headers: { "Content-Type": type } });
  };

  count = (key: string): number => this.calls.filter((call) => call === key).length;
}

export const page = (items: unknown[]): [number, unknown] => [200, { items, next: null }];
