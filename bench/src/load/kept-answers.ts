/**
 * What was answered, kept to be verified when the clock has stopped.
 *
 * Answers lie behind each other in large blocks outside of the JavaScript heap, each behind the number of its request and its length, so
 * that keeping one costs a copy and no collection.
 * @module
 */

const BLOCK_BYTES = 64 * 1024 * 1024;
const HEAD_BYTES = 8;

export type KeptAnswers = {
  /** Answers kept. */
  readonly count: number;
  /** Answers that no longer fitted. */
  readonly dropped: number;
  /** @param index - of the request; @param body - copied */
  keep(index: number, body: Uint8Array): void;
  /** One of every `step` kept answers, from number `first` on, with the index of its request. */
  every(step: number, first: number): Iterable<readonly [index: number, body: Uint8Array]>;
};

/** @param bytesMax - what is kept at most; later answers are counted alone. */
export function createKeptAnswers(bytesMax: number): KeptAnswers {
  const blocks: { readonly bytes: Buffer; used: number }[] = [];
  let count = 0;
  let dropped = 0;
  return {
    get count() {
      return count;
    },
    get dropped() {
      return dropped;
    },
    keep(index, body) {
      const needed = HEAD_BYTES + body.length;
      let block = blocks.at(-1);
      if (block === undefined || block.used + needed > BLOCK_BYTES) {
        if ((blocks.length + 1) * BLOCK_BYTES > bytesMax || needed > BLOCK_BYTES) {
          dropped += 1;
          return;
        }
        block = { bytes: Buffer.allocUnsafeSlow(BLOCK_BYTES), used: 0 };
        blocks.push(block);
      }
      block.bytes.writeUInt32LE(index, block.used);
      block.bytes.writeUInt32LE(body.length, block.used + 4);
      block.bytes.set(body, block.used + HEAD_BYTES);
      block.used += needed;
      count += 1;
    },
    *every(step, first) {
      let number = 0;
      for (const { bytes, used } of blocks) {
        for (let at = 0; at < used; number++) {
          const start = at + HEAD_BYTES;
          const end = start + bytes.readUInt32LE(at + 4);
          if (number >= first && (number - first) % step === 0) yield [bytes.readUInt32LE(at), bytes.subarray(start, end)];
          at = end;
        }
      }
    },
  };
}
