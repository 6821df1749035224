/**
 * Compiled modules by the hash of what was installed, the longest unused dropped first. Compilation is lazy: functions compile when they are first called.
 * @module
 */
import { concatBytes, utf8 } from '@myelin/core/base';
import type { CacheCounters, CanisterModule } from '@myelin/core/execution';
import { engineFault } from './instance.ts';

/** Lets `compile` run in such a way that V8 never optimises the code that it makes; gives back what it gives. */
export type InBaseline = <T>(compile: () => T) => T;

const asUsual: InBaseline = (compile) => compile();

export class CompiledModules {
  readonly #max: number;
  readonly #inBaseline: InBaseline;
  #copies = 0;
  readonly counters: CacheCounters = { hits: 0, misses: 0 };
  /** In order of last use. */
  readonly #modules: Map<string, WebAssembly.Module> = new Map();

  constructor(max: number, inBaseline: InBaseline = asUsual) {
    this.#max = max;
    this.#inBaseline = inBaseline;
  }

  /** @throws IcError `ENGINE_REFUSED_MODULE` */
  get(module: CanisterModule): WebAssembly.Module {
    let compiled = this.#modules.get(module.hash);
    if (compiled === undefined) {
      this.counters.misses++;
      compiled = this.#compile(module);
    } else {
      this.counters.hits++;
      this.#modules.delete(module.hash);
    }
    this.#modules.set(module.hash, compiled);
    return compiled;
  }

  /** The module with code of its own: V8 shares code between equal bytes, so a custom section makes them differ. */
  compileAgain(module: CanisterModule): WebAssembly.Module {
    const { bytes } = module.instrumented;
    const section = utf8(`copy ${++this.#copies}`);
    const copy = concatBytes(bytes, Uint8Array.of(0, section.length + 1, section.length), section);
    return this.#build(module, copy, this.#inBaseline);
  }

  #compile(module: CanisterModule): WebAssembly.Module {
    for (const hash of this.#modules.keys()) {
      if (this.#modules.size < this.#max) break;
      this.#modules.delete(hash);
    }
    return this.#build(module, module.instrumented.bytes, asUsual);
  }

  #build(module: CanisterModule, bytes: Uint8Array, compiling: InBaseline): WebAssembly.Module {
    try {
      return compiling(() => new WebAssembly.Module(bytes));
    } catch (cause) {
      const message = `the WebAssembly engine refuses module ${module.hash}, which the validator accepted: update the node`;
      throw engineFault('ENGINE_REFUSED_MODULE', message, cause);
    }
  }
}
