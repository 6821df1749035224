/**
 * Binds the `ic0` imports of an instance to the System API handler of the message that runs.
 *
 * The instrumented module passes addresses, sizes and 32-bit values as f64, so they arrive as unsigned numbers; 64-bit values and
 * callback environments arrive as signed bigints and are made unsigned here.
 * @module
 */
import { systemApiSignatures, type SystemApiSignature } from '@myelin/core/wasm';
import type { SystemApiHandler } from '@myelin/core/execution';

/** Whoever runs a message: its handler changes from message to message. */
export type ApiSlot = { api: SystemApiHandler };

type Value = number | bigint;
type Method = (...values: Value[]) => Value | undefined;
/** A handler seen as the table of its calls. */
type Calls = Record<string, Method>;

const unsigned = (value: Value): Value => (typeof value === 'bigint' ? BigInt.asUintN(64, value) : value);

/** Calls with 64-bit parameters; rare, so one form serves all. */
function bindWide(slot: ApiSlot, name: string): Method {
  return (...values) => (slot.api as unknown as Calls)[name]!(...values.map(unsigned));
}

/** Calls without 64-bit parameters pass their values on unchanged. */
function bindNarrow(slot: ApiSlot, name: string, parameters: number): Method {
  const calls = slot as unknown as { api: Calls };
  switch (parameters) {
    case 0:
      return () => calls.api[name]!();
    case 1:
      return (a) => calls.api[name]!(a!);
    case 2:
      return (a, b) => calls.api[name]!(a!, b!);
    case 3:
      return (a, b, c) => calls.api[name]!(a!, b!, c!);
    default:
      return (...values) => calls.api[name]!(...values);
  }
}

function bind(slot: ApiSlot, name: string, signature: SystemApiSignature): Method {
  return signature.params.some((kind) => kind === 'i64' || kind === 'V')
    ? bindWide(slot, name)
    : bindNarrow(slot, name, signature.params.length);
}

/** The import object `ic0` of one instance. */
export function systemApiImports(slot: ApiSlot): Record<string, Method> {
  const imports: Record<string, Method> = {};
  for (const [name, signature] of Object.entries(systemApiSignatures)) imports[name] = bind(slot, name, signature);
  return imports;
}
