/**
 * The chunk store of a canister: parts of modules that are too large for one message.
 * Source: IC interface spec, "upload_chunk", "clear_chunk_store", "stored_chunks", "install_chunked_code".
 * @module
 */
import { err, fromHex, joinBytes, ok, type PrincipalId, principalToText, type Result, toHex } from '../../base/index.ts';
import { type InstallChunkedCodeArgs, managementCanister, type UploadChunkArgs } from '../../candid/index.ts';
import { canisterForRead, type CanisterState, PersistentMap } from '../../state/index.ts';
import type { ExecutionEnvironment } from '../environment.ts';
import { ErrorCode, type UserError, userError } from '../error-codes.ts';
import { freezingLimit, instructionsFee } from '../fees.ts';
import { CHUNK_BYTES_MAX, CHUNKS_MAX } from '../limits.ts';
import { availableSubnetMemory, canisterMemoryBytes, growthBeyondAllocation, recountMemory } from '../memory-usage.ts';
import { burn } from '../run-message.ts';
import { offerDueTasks } from '../timers.ts';
import { type Answer, done, type Failure, free, type Invocation, rejected, replied } from './answer.ts';
import { controllerOrSelfError } from './authorization.ts';
import { REFUSED_MODULE_INSTRUCTIONS, UPLOAD_CHUNK_BATCH_INSTRUCTIONS, UPLOAD_CHUNK_INSTRUCTIONS } from './limits.ts';

function storeError(detail: string): UserError {
  return userError(ErrorCode.CanisterContractViolation, `Error from Wasm chunk store: ${detail}`);
}

/** Why the canister can not have another chunk, or undefined. Every chunk counts with its full size. */
function roomError(environment: ExecutionEnvironment, canister: CanisterState, fee: bigint): UserError | undefined {
  const { state, config } = environment;
  if (canister.chunkStore.size >= CHUNKS_MAX) {
    return storeError(
      `Wasm chunk store has already reached maximum capacity of ${CHUNKS_MAX * CHUNK_BYTES_MAX} bytes or the maximum number of entries, ${CHUNKS_MAX}`,
    );
  }
  const used = canisterMemoryBytes(canister);
  const growth = BigInt(CHUNK_BYTES_MAX);
  if (growthBeyondAllocation(canister, used, growth) > availableSubnetMemory(state)) {
    return storeError(`the subnet has no memory left for a chunk of ${CHUNK_BYTES_MAX} bytes`);
  }
  const missing = fee + freezingLimit(config.fees, canister, used + growth) - canister.balance;
  if (missing <= 0n) return undefined;
  return userError(
    ErrorCode.InsufficientCyclesInMemoryGrow,
    `Error from Wasm chunk store: Canister cannot grow memory by ${growth} bytes due to insufficient cycles. At least ${missing} additional cycles are required.`,
  );
}

/** `upload_chunk`. A chunk that is stored already changes nothing but the balance. */
export function uploadChunk(invocation: Invocation, canister: CanisterState, { chunk }: UploadChunkArgs): Answer {
  const { environment } = invocation;
  if (chunk.length > CHUNK_BYTES_MAX) {
    return rejected(invocation, storeError(`Wasm chunk size ${chunk.length} exceeds the maximum chunk size of ${CHUNK_BYTES_MAX}.`));
  }
  const fee = instructionsFee(environment.config.fees, UPLOAD_CHUNK_INSTRUCTIONS, false);
  if (canister.balance < fee) {
    const text = `Canister ${principalToText(canister.id)} is out of cycles: please top up the canister with at least ${fee - canister.balance} additional cycles`;
    return rejected(invocation, userError(ErrorCode.CanisterOutOfCycles, text));
  }
  const hash = environment.hasher.sha256(chunk);
  const key = toHex(hash);
  if (!canister.chunkStore.has(key)) {
    const error = roomError(environment, canister, fee);
    if (error !== undefined) return rejected(invocation, error);
    canister.chunkStore.set(key, chunk);
    recountMemory(environment.state, canister);
  }
  canister.balance -= fee;
  burn(environment, canister, fee);
  return {
    ...replied(invocation, managementCanister.upload_chunk.result.encode([{ hash }])),
    instructions: UPLOAD_CHUNK_BATCH_INSTRUCTIONS,
  };
}

/** `clear_chunk_store`. */
export function clearChunkStore(invocation: Invocation, canister: CanisterState): Answer {
  const { state } = invocation.environment;
  canister.chunkStore = PersistentMap.empty();
  recountMemory(state, canister);
  // Less memory means a lower freezing limit.
  offerDueTasks(state, canister);
  return done(invocation);
}

/** `stored_chunks`: ascending by hash. */
export function storedChunks(invocation: Invocation, canister: CanisterState): Answer {
  const hashes = [...canister.chunkStore.keys()].map((key) => ({ hash: fromHex(key) }));
  return replied(invocation, managementCanister.stored_chunks.result.encode([hashes]));
}

/**
 * Puts a module together from chunks. Whether `caller` controls the target is the installation's business. A module that turns out to be
 * another than the one that was named has been joined and hashed: that is charged for as for one that is refused.
 */
export function assembleModule(
  environment: Pick<ExecutionEnvironment, 'state' | 'hasher'>,
  caller: PrincipalId,
  args: InstallChunkedCodeArgs,
): Result<Uint8Array, Failure> {
  const storeId = args.store_canister[0] ?? args.target_canister;
  const store = canisterForRead(environment.state, storeId);
  if (store === undefined)
    return free(storeError(`Canister ${principalToText(storeId)}, which is to hold the chunks, was not found on this subnet`));
  const refusal = controllerOrSelfError(store, caller);
  if (refusal !== undefined) return free(refusal);
  if (args.chunk_hashes_list.length > CHUNKS_MAX) {
    return free(storeError(`a module has at most ${CHUNKS_MAX} chunks, not ${args.chunk_hashes_list.length}`));
  }
  const chunks: Uint8Array[] = [];
  for (const { hash } of args.chunk_hashes_list) {
    const chunk = store.chunkStore.get(toHex(hash));
    if (chunk === undefined) return free(storeError(`Wasm chunk hash ${toHex(hash)} was not found`));
    chunks.push(chunk);
  }
  const source = joinBytes(chunks);
  const hash = toHex(environment.hasher.sha256(source));
  const wanted = toHex(args.wasm_module_hash);
  if (hash === wanted) return ok(source);
  return err({ error: storeError(`Wasm module hash ${wanted} does not match given hash ${hash}`), used: REFUSED_MODULE_INSTRUCTIONS });
}
