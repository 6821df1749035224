/**
 * Compiles WebAssembly to code that V8 never optimises. No interface asks for that; flags that are set while a module is compiled hold for its code
 * ever after.
 * @module
 */
import { setFlagsFromString } from 'node:v8';

/** Functions are compiled when they are first called; hot ones are compiled again. */
const FLAGS = ['wasm-lazy-compilation', 'wasm-dynamic-tiering', 'wasm-tier-up'] as const;

/** Whole and for good: what is compiled later would be compiled under the flags of then. */
export function inBaseline<T>(compile: () => T): T {
  for (const flag of FLAGS) setFlagsFromString(`--no-${flag}`);
  try {
    return compile();
  } finally {
    for (const flag of FLAGS) setFlagsFromString(`--${flag}`);
  }
}
