/**
 * Compiles a module in one thread for the others of its process: V8 keeps code by the bytes it was compiled from.
 * @module
 */
import type { CanisterModule } from '@myelin/core/execution';

/**
 * Compiles. Whoever compiles the same bytes while the result is held, in whatever thread, finds the code.
 * @throws WebAssembly.CompileError when V8 refuses what the validator accepted
 */
export function compileAhead({ instrumented }: CanisterModule): object {
  return new WebAssembly.Module(instrumented.bytes.slice());
}
