/**
 * From what a call threw to the outcome of the message.
 * @module
 */
import { HostTrap, type RunOutcome, type RunRequest, type SystemApiHandler } from '@myelin/core/execution';
import { type CanisterInstance, engineFault } from './instance.ts';
import { HeapAccessTrap, Signal } from './signals.ts';
import type { EngineTrap } from './traps.ts';

type Trapped = Extract<RunOutcome, { kind: 'trapped' }>;

/** Instructions to report: never more than the limit, which the last stretch may have overshot. */
export function reportedInstructions(request: RunRequest, instance: CanisterInstance): bigint {
  const used = instance.used;
  const limit = Number(request.instructionLimit);
  return BigInt(used < limit ? used : limit);
}

/**
 * Why the message ended. Asked before the message is rolled back.
 * @throws IcError when the host is at fault, and whatever the System API handler threw that is no `HostTrap`.
 */
export function trapOf(error: unknown, instance: CanisterInstance, texts: ReadonlyMap<string, EngineTrap>): Trapped['trap'] {
  if (error instanceof HeapAccessTrap) return 'heap-out-of-bounds';
  if (error instanceof HostTrap) return error.detail;
  if (error instanceof Signal) return signalTrap(error);
  if (error instanceof WebAssembly.RuntimeError) {
    const kind = texts.get(error.message);
    if (kind === undefined)
      throw engineFault('ENGINE_UNKNOWN_TRAP', `the WebAssembly engine reports an unknown trap: ${error.message}`, error);
    if (kind !== 'null-or-mismatch') return kind;
    return instance.lastIndirectEntry() === null ? 'null-function' : 'signature-mismatch';
  }
  if (error instanceof RangeError) {
    const message = "the host's stack is smaller than what canisters may use: start the thread with a larger stack";
    throw engineFault('ENGINE_STACK_TOO_SMALL', message, error);
  }
  throw error;
}

function signalTrap(signal: Signal): Trapped['trap'] {
  switch (signal.reason) {
    case 'instructions':
      return 'instruction-limit';
    case 'depth':
      return 'stack-overflow';
    case 'host-memory':
      throw engineFault('ENGINE_OUT_OF_MEMORY', 'the host has no memory for a canister that is within its limits', undefined);
    case 'aborted':
      throw new Error('an aborted message has no outcome');
  }
}

/** The outcome of a message that trapped. */
export function trapped(instructions: bigint, api: SystemApiHandler, trap: Trapped['trap']): Trapped {
  return { kind: 'trapped', instructions, api, trap };
}
