/**
 * The interface that a Rust canister holds in itself.
 *
 * `ic_cdk::export_candid!()` makes it a text in the module's memory, which the export `get_candid_pointer` leads to: to read it the module is
 * instantiated, with imports that do nothing. Source: dfinity/cdk-rs, candid-extractor.
 * @module
 */
import { fromUtf8 } from '@myelin/core/base';
import { decodeCanisterModule, parseModule } from '@myelin/core/wasm';
import { INTERFACE_BYTES_MAX } from './limits.ts';

const EXPORT = 'get_candid_pointer';

/** The part of the engine that is used; its types do not belong to this tier. */
type Engine = {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: Imports) => { readonly exports: Readonly<Record<string, unknown>> };
};

type Imports = Record<string, Record<string, () => number>>;

const { WebAssembly: engine } = globalThis as unknown as { readonly WebAssembly: Engine };

/** What is thrown for modules that can not be compiled, linked or run. */
const REFUSALS = new Set(['CompileError', 'LinkError', 'RuntimeError']);

function readText(memory: unknown, pointer: unknown): string | undefined {
  const { buffer } = (memory ?? {}) as { readonly buffer?: unknown };
  if (!(buffer instanceof ArrayBuffer) || typeof pointer !== 'number') return undefined;
  const bytes = new Uint8Array(buffer);
  const start = pointer >>> 0;
  const end = bytes.indexOf(0, start);
  if (start >= bytes.length || end < 0 || end - start > INTERFACE_BYTES_MAX) return undefined;
  return fromUtf8(bytes.slice(start, end));
}

/** The text of the interface; undefined when the module holds none. */
export function extractCandid(bytes: Uint8Array): string | undefined {
  const decoded = decodeCanisterModule(bytes);
  const parsed = decoded.ok ? parseModule(decoded.value) : decoded;
  if (!parsed.ok || !parsed.value.exports.some(({ name, kind }) => name === EXPORT && kind === 'function')) return undefined;
  const imports: Imports = {};
  for (const { module, name, kind } of parsed.value.imports) if (kind === 'function') (imports[module] ??= {})[name] = () => 0;
  try {
    const { exports } = new engine.Instance(new engine.Module(parsed.value.bytes), imports);
    return readText(exports['memory'], (exports[EXPORT] as () => unknown)());
  } catch (error) {
    // What is refused or traps says nothing of its interface; whether it can be installed is decided elsewhere.
    if (error instanceof Error && REFUSALS.has(error.name)) return undefined;
    throw error;
  }
}
