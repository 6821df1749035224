/**
 * Compiles WebAssembly to code that V8 never optimises. No interface asks for that; flags that are set while a module is compiled hold for its code
 * ever after.
 *
 * The flags are those of the process, and several of its threads may compile at once: they stay off until the last one is done.
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

/** Functions are compiled when they are first called; hot ones are compiled again. */
const FLAGS = ['wasm-lazy-compilation', 'wasm-dynamic-tiering', 'wasm-tier-up'] as const;

/** Memory that this thread and those that it starts share: whether somebody sets the flags, and how many threads need them off. */
const SHARED = '@myelin/node/baseline-code';
const LOCK = 0;
const NEEDED = 1;
const WORDS = 2;
/** A thread that was ended while it set the flags does not hold up the others for longer, in milliseconds. */
const LOCK_WAIT_MS = 100;

function sharedWords(): Int32Array {
  const known = getEnvironmentData(SHARED);
  if (known instanceof SharedArrayBuffer) return new Int32Array(known);
  const memory = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
  setEnvironmentData(SHARED, memory);
  return new Int32Array(memory);
}

const words = sharedWords();

/** Notes that one thread more or less needs the flags off, and sets them. Takes microseconds. */
function count(change: 1 | -1): void {
  while (Atomics.compareExchange(words, LOCK, 0, 1) !== 0) if (Atomics.wait(words, LOCK, 1, LOCK_WAIT_MS) === 'timed-out') break;
  try {
    const needed = Atomics.add(words, NEEDED, change) + change;
    for (const flag of FLAGS) setFlagsFromString(needed > 0 ? `--no-${flag}` : `--${flag}`);
  } finally {
    Atomics.store(words, LOCK, 0);
    Atomics.notify(words, LOCK, 1);
  }
}

/** Whole and for good: what is compiled later would be compiled under the flags of then. */
export function inBaseline<T>(compile: () => T): T {
  count(1);
  try {
    return compile();
  } finally {
    count(-1);
  }
}
