/**
 * Texts and codes of failed executions. Engine texts never reach the state: each kind of trap has ours.
 * Source: patterns that clients match, dfinity/ic hypervisor errors.
 * @module
 */
import { type PrincipalId, principalToText } from '../base/index.ts';
import { ErrorCode, type UserError, userError } from './error-codes.ts';
import { HostTrap, type HostTrapDetail, type WasmTrapKind } from './ports.ts';

const TRAP_TEXT: Readonly<Record<Exclude<WasmTrapKind, 'instruction-limit' | 'no-such-callback'>, string>> = {
  unreachable: 'unreachable',
  'heap-out-of-bounds': 'heap out of bounds',
  'table-out-of-bounds': 'table out of bounds',
  'null-function': 'undefined element: null function reference',
  'signature-mismatch': 'indirect call type mismatch',
  'integer-overflow': 'integer overflow',
  'integer-divide-by-zero': 'integer divide by zero',
  'invalid-conversion': 'bad conversion to integer',
  'stack-overflow': 'stack overflow',
};

/** Code and text of a trap, before the prefix that names the canister. */
export function trapDetail(trap: WasmTrapKind | HostTrapDetail, instructionLimit: bigint): HostTrapDetail {
  if (typeof trap !== 'string') return trap;
  if (trap === 'instruction-limit') {
    return {
      code: ErrorCode.CanisterInstructionLimitExceeded,
      message: `Canister exceeded the limit of ${instructionLimit} instructions for single message execution`,
    };
  }
  if (trap === 'no-such-callback') {
    return { code: ErrorCode.CanisterFunctionNotFound, message: 'Canister requested to invoke a non-existent Wasm function from table 0' };
  }
  return { code: ErrorCode.CanisterTrapped, message: `Canister trapped: ${TRAP_TEXT[trap]}` };
}

/** The error of a callback whose cleanup failed too. */
export function withCleanupFailure(callback: HostTrapDetail, cleanup: HostTrapDetail): HostTrapDetail {
  return { code: callback.code, message: `${callback.message}\n\ncall_on_cleanup also failed:\n\n${cleanup.message}` };
}

/** What the caller is told about a failed execution. */
export function canisterError(canister: PrincipalId, detail: HostTrapDetail): UserError {
  return userError(detail.code, `Error from Canister ${principalToText(canister)}: ${detail.message}`);
}

/** Ends the message: the canister broke a rule of the System API. */
export function contractViolation(detail: string): HostTrap {
  return new HostTrap({ code: ErrorCode.CanisterContractViolation, message: `Canister violated contract: ${detail}` });
}

export function stableOutOfBounds(): HostTrap {
  return new HostTrap({ code: ErrorCode.CanisterTrapped, message: 'Canister trapped: stable memory out of bounds' });
}

export function heapOutOfBounds(): HostTrap {
  return new HostTrap({ code: ErrorCode.CanisterTrapped, message: 'Canister trapped: heap out of bounds' });
}
