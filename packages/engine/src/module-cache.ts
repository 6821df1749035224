/**
 * Compiled modules by the hash of what was installed, the longest unused dropped first. Compilation is lazy: functions compile when they are first called.
 * @module
 */
import type { CanisterModule } from '@myelin/core/execution';
import { engineFault } from './instance.ts';

export class CompiledModules {
  readonly #max: number;
  /** In order of last use. */
  readonly #modules: Map<string, WebAssembly.Module> = new Map();

  constructor(max: number) {
    this.#max = max;
  }

  /** @throws IcError `ENGINE_REFUSED_MODULE` */
  get(module: CanisterModule): WebAssembly.Module {
    let compiled = this.#modules.get(module.hash);
    if (compiled === undefined) compiled = this.#compile(module);
    else this.#modules.delete(module.hash);
    this.#modules.set(module.hash, compiled);
    return compiled;
  }

  #compile(module: CanisterModule): WebAssembly.Module {
    for (const hash of this.#modules.keys()) {
      if (this.#modules.size < this.#max) break;
      this.#modules.delete(hash);
    }
    try {
      return new WebAssembly.Module(module.instrumented.bytes);
    } catch (cause) {
      const message = `the WebAssembly engine refuses module ${module.hash}, which the validator accepted: update the node`;
      throw engineFault('ENGINE_REFUSED_MODULE', message, cause);
    }
  }
}
