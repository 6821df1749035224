/**
 * Modules that were validated and rewritten, by hash of their bytes. A cache that never changes an outcome: a missing entry is
 * made again. Bounded by the bytes it keeps.
 * @module
 */
import { type Hasher, type Result, toHex } from '../base/index.ts';
import type { CanisterModule } from '../state/index.ts';
import { decodeCanisterModule, instrumentModule, parseModule, validateModule, type WasmRefusal } from '../wasm/index.ts';

/** Bytes of installed modules that are kept for reuse. */
const CACHE_BYTES_MAX: number = 256 * 1024 * 1024;

export class ModuleCache {
  readonly #hasher: Hasher;
  readonly #modules = new Map<string, CanisterModule>();
  #bytes = 0;

  constructor(hasher: Hasher) {
    this.#hasher = hasher;
  }

  /** Validates and rewrites a module, or finds it from before. */
  load(source: Uint8Array): Result<CanisterModule, WasmRefusal> {
    const hash = toHex(this.#hasher.sha256(source));
    const known = this.#modules.get(hash);
    if (known !== undefined) return { ok: true, value: known };
    const decoded = decodeCanisterModule(source);
    if (!decoded.ok) return decoded;
    const parsed = parseModule(decoded.value);
    if (!parsed.ok) return parsed;
    const info = validateModule(parsed.value);
    if (!info.ok) return info;
    const canisterModule: CanisterModule = { hash, source, info: info.value, instrumented: instrumentModule(parsed.value) };
    this.#keep(canisterModule);
    return { ok: true, value: canisterModule };
  }

  #keep(canisterModule: CanisterModule): void {
    this.#modules.set(canisterModule.hash, canisterModule);
    this.#bytes += canisterModule.source.length + canisterModule.instrumented.bytes.length;
    for (const [hash, oldest] of this.#modules) {
      if (this.#bytes <= CACHE_BYTES_MAX || hash === canisterModule.hash) return;
      this.#modules.delete(hash);
      this.#bytes -= oldest.source.length + oldest.instrumented.bytes.length;
    }
  }
}
