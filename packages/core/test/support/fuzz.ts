/** Time-bounded fuzzing: random and mutated inputs from a printed seed. */
import assert from 'node:assert/strict';
import { IcError } from '../../src/base/index.ts';

/** Seconds of all targets of one file together. */
const SECONDS = Number(process.env['MYELIN_FUZZ_SECONDS'] ?? 3);
/** No input of the sizes used here may take longer than this, milliseconds; generous, as the machine may be busy. */
const SLOW_MS = 2_000;
/** Heap that a target may hold on to at its end, bytes. */
const HEAP_GROWTH_MAX = 256 * 1024 * 1024;

/** A small generator with a seed (xorshift32). */
export class FuzzRandom {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }
  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }
  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}

/** A copy of a sample with some bytes changed, removed, repeated or put in. */
export function mutate(random: FuzzRandom, sample: Uint8Array): Uint8Array {
  let bytes = Uint8Array.from(sample);
  for (let edits = 1 + random.below(4); edits > 0; edits--) {
    const at = random.below(bytes.length + 1);
    switch (random.below(5)) {
      case 0:
        if (at < bytes.length) bytes[at] = random.below(256);
        break;
      case 1:
        if (at < bytes.length) bytes[at]! ^= 1 << random.below(8);
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...random.bytes(1 + random.below(9)), ...bytes.subarray(at)]);
        break;
      default:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(random.below(bytes.length + 1))]);
    }
  }
  return bytes;
}

/**
 * Feeds `target` the samples, then changed and random bytes for its share of the time. It may return, or throw an `IcError`; anything else, a slow input, or memory that stays
 * behind, fails.
 */
export function fuzz(samples: readonly Uint8Array[], target: (bytes: Uint8Array) => void, share: number): void {
  const seed = Number(process.env['MYELIN_FUZZ_SEED'] ?? Date.now() & 0x7fffffff);
  console.log(`# fuzz seed ${seed} (MYELIN_FUZZ_SEED)`);
  const random = new FuzzRandom(seed);
  const heapBefore = process.memoryUsage().heapUsed;
  const end = performance.now() + SECONDS * 1_000 * share;
  let runs = 0;
  let accepted = 0;
  do {
    const bytes =
      samples[runs] ?? (runs % 4 === 0 ? random.bytes(random.below(200)) : mutate(random, samples[random.below(samples.length)]!));
    const start = performance.now();
    try {
      target(bytes);
      accepted++;
    } catch (error) {
      if (!(error instanceof IcError)) throw new Error(`input ${Buffer.from(bytes).toString('hex')}`, { cause: error });
    }
    const took = performance.now() - start;
    assert.ok(took < SLOW_MS, `input ${Buffer.from(bytes).toString('hex')} took ${took} ms`);
    runs++;
  } while (runs < samples.length || performance.now() < end);
  assert.ok(accepted >= samples.length, 'the samples are accepted');
  assert.ok(process.memoryUsage().heapUsed - heapBefore < HEAP_GROWTH_MAX, 'memory is released');
}
