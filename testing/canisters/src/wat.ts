/**
 * Canisters in the WebAssembly text format, for tests that need a certain instruction or a module that no compiler makes.
 * @module
 */
import { systemApiSignatures, type ParameterKind } from '@myelin/core/wasm';
import loadWabt from 'wabt';

/** Everything that a canister may use, and what the network refuses, so that refusals can be tested too. */
const FEATURES = {
  bulk_memory: true,
  exceptions: true,
  extended_const: true,
  memory64: true,
  multi_memory: true,
  multi_value: true,
  mutable_globals: true,
  reference_types: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  tail_call: true,
  threads: true,
};

/**
 * Assembles a module in text format.
 *
 * @param text - `(module …)`; names are not kept.
 * @throws Error with the line that is wrong.
 */
export async function wat(text: string): Promise<Uint8Array> {
  const wabt = await loadWabt();
  const module = wabt.parseWat('canister.wat', text, FEATURES);
  try {
    module.resolveNames();
    // A copy: the bytes lie in the assembler's own memory.
    return Uint8Array.from(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

/**
 * Import declarations of System API functions, each under its own name: `$msg_reply`.
 *
 * @param names - functions of module `ic0`.
 * @param pointer - `i64` in a module with a 64-bit memory.
 */
export function ic0Imports(names: readonly string[], pointer: 'i32' | 'i64' = 'i32'): string {
  const typeOf = (kind: ParameterKind): string => (kind === 'I' || kind === 'V' ? pointer : kind);
  const lines = names.map((name) => {
    const signature = systemApiSignatures[name];
    if (signature === undefined) throw new Error(`ic0 has no function ${name}`);
    const params = signature.params.map((kind) => ` (param ${typeOf(kind)})`).join('');
    const result = signature.result === undefined ? '' : ` (result ${typeOf(signature.result)})`;
    return `(import "ic0" "${name}" (func $${name}${params}${result}))`;
  });
  return lines.join('\n');
}
