/**
 * Modules that were validated and rewritten, by hash of their bytes. A cache that never changes an outcome: a missing entry is
 * made again. Bounded by the bytes it keeps; those that were not asked for the longest go first.
 * @module
 */
import { equalBytes, type Hasher, type Result, toHex } from '../base/index.ts';
import type { CanisterModule } from '../state/index.ts';
import type { CacheCounters } from './ports.ts';
import { decodeCanisterModule, instrumentModule, parseModule, validateModule, type WasmRefusal } from '../wasm/index.ts';

/** Bytes of installed modules, as they came and rewritten, that are kept for reuse. */
const CACHE_BYTES_MAX: number = 256 * 1024 * 1024;

/** Validates and rewrites a module. Takes up to seconds for a large one: a host may do this beforehand in another thread. */
export function buildCanisterModule(source: Uint8Array, hash: string): Result<CanisterModule, WasmRefusal> {
  const decoded = decodeCanisterModule(source);
  if (!decoded.ok) return decoded;
  const parsed = parseModule(decoded.value);
  if (!parsed.ok) return parsed;
  const info = validateModule(parsed.value);
  if (!info.ok) return info;
  return { ok: true, value: { hash, source, info: info.value, instrumented: instrumentModule(parsed.value) } };
}

function bytesOf({ source, instrumented }: CanisterModule): number {
  return source.length + instrumented.bytes.length;
}

export class ModuleCache {
  readonly #hasher: Hasher;
  readonly #bytesMax: number;
  /** In order of last use. */
  readonly #modules = new Map<string, CanisterModule>();
  /** The module of each length that was asked for last: comparing takes a twentieth of hashing, and many canisters get the same module. */
  readonly #lastOfLength = new Map<number, CanisterModule>();
  #bytes = 0;
  /** How often a module was found. */
  readonly counters: CacheCounters = { hits: 0, misses: 0 };

  constructor(hasher: Hasher, bytesMax: number = CACHE_BYTES_MAX) {
    this.#hasher = hasher;
    this.#bytesMax = bytesMax;
  }

  /** Modules that are kept now. */
  get size(): number {
    return this.#modules.size;
  }

  has(hash: string): boolean {
    return this.#modules.has(hash);
  }

  /** Validates and rewrites a module, or finds it from before. */
  load(source: Uint8Array): Result<CanisterModule, WasmRefusal> {
    const last = this.#lastOfLength.get(source.length);
    const hash = last !== undefined && equalBytes(last.source, source) ? last.hash : toHex(this.#hasher.sha256(source));
    const known = this.#modules.get(hash);
    if (known !== undefined) {
      this.counters.hits++;
      this.#use(known);
      return { ok: true, value: known };
    }
    this.counters.misses++;
    const built = buildCanisterModule(source, hash);
    if (built.ok) this.add(built.value);
    return built;
  }

  /** Takes in a module that was built elsewhere from the bytes that it names. */
  add(canisterModule: CanisterModule): void {
    if (this.#modules.has(canisterModule.hash)) return;
    this.#use(canisterModule);
    this.#bytes += bytesOf(canisterModule);
    for (const [hash, oldest] of this.#modules) {
      if (this.#bytes <= this.#bytesMax || hash === canisterModule.hash) return;
      this.#modules.delete(hash);
      if (this.#lastOfLength.get(oldest.source.length) === oldest) this.#lastOfLength.delete(oldest.source.length);
      this.#bytes -= bytesOf(oldest);
    }
  }

  #use(used: CanisterModule): void {
    this.#modules.delete(used.hash);
    this.#modules.set(used.hash, used);
    this.#lastOfLength.set(used.source.length, used);
  }
}
