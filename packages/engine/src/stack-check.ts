/**
 * Proves at the start that the host's stack holds what the protocol lets canisters use.
 *
 * A module with one function that has many locals and calls itself without end must reach the protocol's limit before the host's. Such a frame
 * is as large as its weight in V8's baseline compiler, so the proof uses the stack up to the limit.
 * @module
 */
import { present } from '@myelin/core/base';
import { EXPORT, HOST_MODULE, instrumentModule, parseModule, stateLayout } from '@myelin/core/wasm';
import { engineFault } from './instance.ts';
import { Signal, trapSignals } from './signals.ts';

/** Locals of 8 bytes of the recursive function. */
const LOCALS = 120;
/** More instructions than the recursion takes. */
const INSTRUCTIONS = 1e9;

/** `(func $f (export "f") (local i64 ...) call $f)` */
function recursiveModule(): Uint8Array {
  const body = [1, LOCALS, 0x7e, 0x10, 0, 0x0b];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 4, 1, 0x60, 0, 0],
    ...[3, 2, 1, 0],
    ...[7, 5, 1, 1, 0x66, 0, 0],
    ...[10, body.length + 2, 1, body.length, ...body],
  ]);
}

function recursion(): Function {
  const parsed = parseModule(recursiveModule());
  const module = instrumentModule(present(parsed.ok ? parsed.value : undefined, 'the module of the stack check is valid'));
  const host = {
    trap: (code: number): never => {
      throw trapSignals[code];
    },
    pause: (): void => undefined,
    grow: (): number => 0,
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), { [HOST_MODULE]: host });
  const layout = stateLayout(module.memory64, module.globalsBytes);
  new Float64Array((exports[EXPORT.state] as WebAssembly.Memory).buffer)[layout.slice / 8] = INSTRUCTIONS;
  return exports['f'] as Function;
}

function judge(error: unknown): void {
  if (error instanceof Signal && error.reason === 'depth') return;
  const message = 'the stack is smaller than what canisters may use: start the process or the thread with a larger stack';
  throw engineFault('ENGINE_STACK_TOO_SMALL', message, error);
}

/** Proves it for the stack of the calling thread, from the depth of this call. @throws IcError `ENGINE_STACK_TOO_SMALL` */
export function checkStack(): void {
  try {
    recursion()();
  } catch (error) {
    judge(error);
  }
}

/** Proves it for the stacks of suspendable calls. @throws IcError `ENGINE_STACK_TOO_SMALL` */
export async function checkSuspendableStack(): Promise<void> {
  try {
    await WebAssembly.promising(recursion())();
  } catch (error) {
    judge(error);
  }
}
