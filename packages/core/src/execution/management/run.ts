/**
 * Executes calls to the management canister.
 *
 * Only installations run canister code and may pause; what a call decides depends on the state and on the record of its start.
 * @module
 */
import { assert, present } from '../../base/index.ts';
import { type ArgsCodec, managementCanister } from '../../candid/index.ts';
import { canisterForWrite, type CanisterState, type ManagementCall, type ReplicatedState, type StartedMessage } from '../../state/index.ts';
import type { ExecutionEnvironment, Running } from '../environment.ts';
import { ErrorCode, type UserError, userError } from '../error-codes.ts';
import { setIngressStatus } from '../ingress-status.ts';
import { respond } from '../responses.ts';
import type { MessageOutcome } from '../run-message.ts';
import { type Answer, decodePayload, type Handler, type Invocation, rejected } from './answer.ts';
import { canisterNotFound, controllerError, controllerOrSelfError, RESPONDENT, statusAccessError } from './authorization.ts';
import { clearChunkStore, storedChunks, uploadChunk } from './chunk-store.ts';
import { createCanister, provisionalCreateCanister } from './create.ts';
import { depositCycles, provisionalTopUp } from './cycles.ts';
import { installCode } from './install.ts';
import { deleteCanister, startCanister, stopCanister, uninstallCode } from './lifecycle.ts';
import { REPLY_BYTE_BATCH_INSTRUCTIONS } from './limits.ts';
import { fetchCanisterLogs } from './logs.ts';
import { canisterInfo, canisterMetadata, canisterStatus } from './status.ts';
import { rawRand, subnetInfo } from './subnet.ts';
import { updateSettings } from './update-settings.ts';

type Access = (canister: CanisterState, caller: CanisterState['id']) => UserError | undefined;

const everybody: Access = () => undefined;

/** A method that acts on the canister that its payload names, for those who have access to it. */
function onCanister<A extends { readonly canister_id: CanisterState['id'] }>(
  codec: ArgsCodec<[A]>,
  access: Access,
  body: (invocation: Invocation, canister: CanisterState, args: A) => Answer | undefined,
): Handler {
  return (invocation) => {
    const { call, environment } = invocation;
    const args = decodePayload(codec, call.payload);
    if (!args.ok) return rejected(invocation, args.error);
    const canister = canisterForWrite(environment.state, args.value.canister_id);
    if (canister === undefined) return rejected(invocation, canisterNotFound(args.value.canister_id));
    const error = access(canister, call.sender);
    return error === undefined ? body(invocation, canister, args.value) : rejected(invocation, error);
  };
}

const { provisional_top_up_canister: topUp, ...methods } = managementCanister;

/** Every method but the installations. */
const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['create_canister', createCanister],
  ['update_settings', onCanister(methods.update_settings.args, controllerError, updateSettings)],
  ['upload_chunk', onCanister(methods.upload_chunk.args, controllerOrSelfError, uploadChunk)],
  ['clear_chunk_store', onCanister(methods.clear_chunk_store.args, controllerOrSelfError, clearChunkStore)],
  ['stored_chunks', onCanister(methods.stored_chunks.args, controllerOrSelfError, storedChunks)],
  ['uninstall_code', onCanister(methods.uninstall_code.args, controllerError, uninstallCode)],
  ['start_canister', onCanister(methods.start_canister.args, controllerError, startCanister)],
  ['stop_canister', onCanister(methods.stop_canister.args, controllerError, stopCanister)],
  ['delete_canister', onCanister(methods.delete_canister.args, controllerError, deleteCanister)],
  ['canister_status', onCanister(methods.canister_status.args, statusAccessError, canisterStatus)],
  ['canister_info', onCanister(methods.canister_info.args, everybody, canisterInfo)],
  ['canister_metadata', onCanister(methods.canister_metadata.args, everybody, canisterMetadata)],
  ['deposit_cycles', onCanister(methods.deposit_cycles.args, everybody, depositCycles)],
  ['raw_rand', rawRand],
  ['subnet_info', subnetInfo],
  ['fetch_canister_logs', onCanister(methods.fetch_canister_logs.args, everybody, fetchCanisterLogs)],
  ['provisional_create_canister_with_cycles', provisionalCreateCanister],
  ['provisional_top_up_canister', onCanister(topUp.args, everybody, provisionalTopUp)],
]);

/** Why the call comes too late, or undefined. */
function lateness(state: ReplicatedState, { origin }: ManagementCall, startedNs: bigint): UserError | undefined {
  if (origin.kind === 'ingress') {
    const expiryNs = state.ingressHistory.entries.get(origin.requestId)?.expiryNs ?? startedNs;
    if (expiryNs >= startedNs) return undefined;
    return userError(ErrorCode.IngressMessageTimeout, `Ingress message 0x${origin.requestId} timed out waiting to start executing.`);
  }
  const deadlineNs = origin.kind === 'canister' ? origin.deadlineNs : 0n;
  return deadlineNs > 0n && deadlineNs < startedNs ? userError(ErrorCode.DeadlineExpired, 'Call deadline has expired.') : undefined;
}

function markProcessing(state: ReplicatedState, { origin }: ManagementCall): void {
  if (origin.kind !== 'ingress') return;
  const status = state.ingressHistory.entries.get(origin.requestId);
  if (status?.status === 'received') setIngressStatus(state, origin.requestId, { ...status, status: 'processing' });
}

function* execute(invocation: Invocation, start: StartedMessage): Running<Answer | undefined> {
  const { methodName } = invocation.call;
  if (methodName === 'install_code' || methodName === 'install_chunked_code') return yield* installCode(invocation, start);
  return present(handlers.get(methodName), 'a call to an unknown method is answered when it comes in')(invocation);
}

/** Replies of a mebibyte for calls of some bytes would else fill the queues with gigabytes in one batch. */
function replyOverhead({ result }: Answer): bigint {
  return result.kind === 'reply' ? REPLY_BYTE_BATCH_INSTRUCTIONS * BigInt(result.data.length) : 0n;
}

/** Executes a started call and answers it, or leaves that to whoever finishes it later (`stop_canister`, `raw_rand`). */
export function* runManagementCall(environment: ExecutionEnvironment, start: StartedMessage): Running<MessageOutcome> {
  const { state } = environment;
  const call = start.input;
  assert(call.kind === 'management', 'the runner of the management canister is given its calls');
  const invocation: Invocation = { environment, call, timeNs: start.startedNs };
  const late = lateness(state, call, start.startedNs);
  if (late === undefined) markProcessing(state, call);
  const answer = late === undefined ? yield* execute(invocation, start) : rejected(invocation, late);
  if (answer === undefined) return { instructions: 0n, overhead: 0n };
  respond(state, RESPONDENT, call.origin, answer.refund, answer.result);
  state.metrics.instructions += answer.instructions;
  return { instructions: answer.instructions, overhead: (answer.overhead ?? 0n) + replyOverhead(answer) };
}

export { answerRandomness } from './subnet.ts';
