// What journal_tamper writes: frames of JSON and segments.

/** The frames of a stream: {…head, files: [[name, bytes]]}. */
export async function* frames(stream) {
  let waiting = Buffer.alloc(0);
  const parts = stream[Symbol.asyncIterator]();
  const take = async (size) => {
    const chunks = [waiting];
    let there = waiting.length;
    while (there < size) {
      const { value, done } = await parts.next();
      if (done) return null;
      chunks.push(value);
      there += value.length;
    }
    const all = chunks.length === 1 ? waiting : Buffer.concat(chunks, there);
    waiting = all.subarray(size);
    return all.subarray(0, size);
  };
  for (let size = await take(4); size; size = await take(4)) {
    const head = JSON.parse((await take(size.readUInt32LE(0))).toString());
    head.files = [];
    for (const [name, bytes] of head.segments) head.files.push([name, new Uint8Array(await take(bytes))]);
    yield head;
  }
}
