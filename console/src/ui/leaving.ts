/** What a page still has to tell before its session ends. */
const tells = new Set<() => Promise<unknown>>();
/** Nobody waits longer to log out. */
const kMostMs = 1000;

/** Calls `tell` before the session ends, until the answer is called. */
export function beforeLeaving(tell: () => Promise<unknown>): () => void {
  tells.add(tell);
  return () => tells.delete(tell);
}

/** All has been told, or a second has passed. */
export async function told(): Promise<void> {
  await Promise.race([Promise.allSettled([...tells].map((tell) => tell())), new Promise((done) => setTimeout(done, tells.size > 0 ? kMostMs : 0))]);
}
