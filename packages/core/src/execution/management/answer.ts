/**
 * What a method of the management canister is given, and what it answers.
 * @module
 */
import { IcError, err, ok, type Result } from '../../base/index.ts';
import type { ArgsCodec } from '../../candid/index.ts';
import type { ManagementCall } from '../../state/index.ts';
import type { ExecutionEnvironment } from '../environment.ts';
import { ErrorCode, type UserError, userError } from '../error-codes.ts';
import { type CallResult, failure } from '../responses.ts';
import { EMPTY_REPLY } from '../stopping.ts';

/** A call on its way through the management canister. */
export type Invocation = {
  readonly environment: ExecutionEnvironment;
  readonly call: ManagementCall;
  /** Replicated time when the call started. */
  readonly timeNs: bigint;
};

/** How a call ends. */
export type Answer = {
  readonly result: CallResult;
  /** Attached cycles that go back. */
  readonly refund: bigint;
  /** Work done, for the budget of the batch. */
  readonly instructions: bigint;
  /** See `MessageOutcome`; none by default. */
  readonly overhead?: bigint;
};

/** Why an installation fails, and the instructions that are charged for it. */
export type Failure = { readonly error: UserError; readonly used: bigint };

/** A failure that is found before anything was done. */
export function free(error: UserError): Result<never, Failure> {
  return err({ error, used: 0n });
}

/** A method; undefined when somebody else answers the call later. */
export type Handler = (invocation: Invocation) => Answer | undefined;

/** Nothing to say but that it is done; all attached cycles go back. */
export function done({ call }: Invocation): Answer {
  return { result: { kind: 'reply', data: EMPTY_REPLY }, refund: call.cycles, instructions: 0n };
}

/** A reply; all attached cycles go back. */
export function replied({ call }: Invocation, data: Uint8Array): Answer {
  return { result: { kind: 'reply', data }, refund: call.cycles, instructions: 0n };
}

/** A failure; all attached cycles go back. */
export function rejected({ call }: Invocation, error: UserError, instructions = 0n): Answer {
  return { result: failure(error), refund: call.cycles, instructions };
}

/** Decodes a payload of one argument, or says what is wrong with it. */
export function decodePayload<T>(codec: ArgsCodec<[T]>, payload: Uint8Array): Result<T, UserError> {
  try {
    return ok(codec.decode(payload)[0]);
  } catch (error) {
    return err(payloadError(error));
  }
}

/** The failure that a thrown value of the codec means. @throws the value itself when it is none: a bug must not pass for a bad payload. */
export function payloadError(error: unknown): UserError {
  if (!(error instanceof IcError) || !error.detail.code.startsWith('CANDID_')) throw error;
  return userError(ErrorCode.InvalidManagementPayload, `Error decoding candid: ${error.message}`);
}
