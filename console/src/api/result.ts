/** What a call to the server came to. The union makes the caller handle each outcome. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: Problem };

/** RFC 9457 problem as far as the desk needs it. `status` 0: the server did not answer. */
export interface Problem {
  status: number;
  detail: string;
  /** The word behind /problems/. */
  kind?: string;
  field?: string;
}

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const fail = <T>(status: number, detail: string): Result<T> => ({ ok: false, error: { status, detail } });

/** Reads a problem out of whatever a failed answer carried. Bounded, never throws. */
export function toProblem(status: number, body: unknown): Problem {
  const object = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const detail = typeof object.detail === "string" ? object.detail : typeof object.title === "string" ? object.title : "";
  const problem: Problem = { status, detail: detail.slice(0, 500) };
  if (typeof object.field === "string") problem.field = object.field;
  if (typeof object.type === "string") problem.kind = object.type.replace(/^.*\//, "").slice(0, 64);
  return problem;
}
