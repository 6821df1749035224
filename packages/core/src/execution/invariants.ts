/**
 * Invariants of the replicated state. Checked in full by tests and at intervals; a violation stops the replica.
 *
 * C1: minted === balances + reserved + in flight + burned.
 * C2: no balance is negative.
 * B1: the bytes in queues are the sum over the messages.
 * M1: the memory of the subnet is the sum over its canisters.
 * H1: each request of the history is open or to be pruned, and the bytes of the history are those of the requests to be pruned.
 * S1: the indexes of active, paused and stopping canisters, and of those to be charged, agree with the records.
 * @module
 */
import { assert } from '../base/index.ts';
import {
  type CanisterState,
  dueRequestIds,
  hasWork,
  isFinalStatus,
  type ManagementCall,
  type ReplicatedState,
  type StartedMessage,
  timeKey,
} from '../state/index.ts';
import type { ExecutionConfig } from './config.ts';
import { messagePrepayment } from './fees.ts';
import { canisterMemoryBytes, hasCharges, reservedMemoryBytes } from './memory-usage.ts';
import { queuedBytes } from './queue-totals.ts';

function managementCycles(calls: Iterable<ManagementCall>): bigint {
  let cycles = 0n;
  for (const call of calls) cycles += call.cycles;
  return cycles;
}

/** Cycles that a started message holds: what was set aside for it. */
function startedCycles(config: ExecutionConfig, canister: CanisterState, start: StartedMessage): bigint {
  if (start.input.kind === 'management') return start.input.cycles;
  if (start.callback !== undefined) return start.callback.prepaidExecution;
  return messagePrepayment(config.fees, config.instructions.update, canister.module?.info.memory64 === true);
}

/** Cycles that travel with the messages in its queues. */
function queuedCycles(canister: CanisterState): bigint {
  let cycles = managementCycles(canister.managementQueue.values());
  for (const message of canister.inputQueue.values()) cycles += message.kind === 'request' ? message.cycles : message.refund;
  return cycles;
}

/** Cycles that a canister holds for others or has set aside: in its calls, callbacks, stop requests and started message. */
function cyclesHeld(config: ExecutionConfig, canister: CanisterState): bigint {
  let cycles = 0n;
  for (const context of canister.callContexts.values()) cycles += context.availableCycles;
  for (const callback of canister.callbacks.values()) cycles += callback.prepaidExecution + callback.prepaidTransmission;
  assert(cycles === canister.heldCycles, 'C1: the cycles of calls and callbacks are counted');
  if (canister.status.kind === 'stopping') for (const request of canister.status.waiting) cycles += request.refund;
  if (canister.paused !== undefined) cycles += startedCycles(config, canister, canister.paused);
  return cycles;
}

/**
 * What a message of one canister can move cycles between: balance, calls, queues, and what is burned. Equal before and after it (C1).
 */
export function cyclesAround(state: ReplicatedState, canister: CanisterState): bigint {
  const { minted, burned, queued } = state.cycles;
  let cycles = canister.balance + canister.reservedBalance + canister.heldCycles + queued + burned - minted;
  if (canister.status.kind === 'stopping') for (const request of canister.status.waiting) cycles += request.refund;
  return cycles;
}

/** A check that pauses after each canister. */
type Steps = Generator<void, void, undefined>;

function runSteps(steps: Steps): void {
  for (let next = steps.next(); next.done !== true; next = steps.next());
}

/** C1 and C2. */
export function checkCycles(state: ReplicatedState, config: ExecutionConfig): void {
  runSteps(cyclesInSteps(state, config));
}

function* cyclesInSteps(state: ReplicatedState, config: ExecutionConfig): Steps {
  let queued = managementCycles(state.managementQueue.values());
  let total = 0n;
  for (const request of state.randomnessRequests) total += request.refund;
  for (const canister of state.canisters.values()) {
    assert(canister.balance >= 0n, 'C2: a balance is never negative');
    queued += queuedCycles(canister);
    total += canister.balance + canister.reservedBalance + cyclesHeld(config, canister);
    yield;
  }
  assert(queued === state.cycles.queued, 'C1: the cycles in queues are counted');
  total += queued;
  const { minted, burned } = state.cycles;
  assert(minted === total + burned, `C1: minted ${minted} === held ${total} + burned ${burned}`);
}

/** B1. */
function* queuesInSteps(state: ReplicatedState): Steps {
  let bytes = 0;
  for (const call of state.managementQueue.values()) bytes += queuedBytes(call);
  for (const { managementQueue, inputQueue, ingressQueue } of state.canisters.values()) {
    for (const queue of [managementQueue, inputQueue, ingressQueue]) for (const message of queue.values()) bytes += queuedBytes(message);
    yield;
  }
  assert(bytes === state.queuedBytes, 'B1: the bytes in queues are counted');
}

/** M1 and S1. */
export function checkIndexes(state: ReplicatedState): void {
  runSteps(indexesInSteps(state));
}

function* indexesInSteps(state: ReplicatedState): Steps {
  let memory = 0n;
  let reserved = 0n;
  let compute = 0;
  let active = 0;
  let stopping = 0;
  let charged = 0;
  const users = new Map<string, number>();
  for (const canister of state.canisters.values()) {
    assert(canister.countedBytes === canisterMemoryBytes(canister), 'M1: a canister is counted with what it uses');
    assert(
      canister.reservedBytes === reservedMemoryBytes(canister, canister.countedBytes),
      'M1: a canister is counted with what is kept free for it',
    );
    memory += canister.countedBytes;
    reserved += canister.reservedBytes;
    compute += canister.settings.computeAllocation;
    assert(state.active.has(canister.id) === hasWork(canister), 'S1: a canister is active when it has work');
    if (hasWork(canister)) active++;
    const { paused } = canister;
    assert(paused === undefined || state.paused.has(timeKey(paused.startedNs) + canister.id), 'S1: a paused message is in the index');
    if (canister.status.kind === 'stopping' && canister.status.waiting.length > 0) stopping++;
    assert(hasCharges(canister) === canister.nextChargeNs > 0n, 'S1: a canister that has something to pay for is charged some time');
    if (canister.nextChargeNs > 0n) charged++;
    if (canister.module !== undefined) users.set(canister.module.hash, (users.get(canister.module.hash) ?? 0) + 1);
    assert(!canister.heapDirty, 'S1: between batches every heap is captured');
    yield;
  }
  assert(memory === state.memoryBytes, 'M1: the memory of the subnet is the sum over its canisters');
  assert(reserved === state.reservedMemoryBytes, 'M1: the reserved memory of the subnet is the sum over its canisters');
  assert(compute === state.computeAllocated, 'S1: the compute that is allocated is the sum over the canisters');
  assert(stopping === state.stopping.size, 'S1: the index of stopping canisters has those that somebody waits for');
  assert(charged === state.charges.size, 'S1: the index of canisters to be charged has one entry for each');
  assert(users.size === state.moduleUsers.size, 'S1: the index of modules has one entry for each that a canister has');
  for (const [hash, count] of users) assert(state.moduleUsers.get(hash) === count, 'S1: the users of a module are those that have it');
  assert(active === state.active.size, 'S1: the index of active canisters has no other entry');
}

/** H1. */
function* historyInSteps({ ingressHistory: { entries, open, pruneAt, bytes } }: ReplicatedState): Steps {
  for (const [requestId, status] of open.entries()) {
    assert(entries.get(requestId) === status && !isFinalStatus(status), 'H1: an open request is in the history');
  }
  let due = 0;
  let dueBytes = 0;
  for (const group of pruneAt.values()) {
    for (const requestId of dueRequestIds(group)) {
      assert(entries.has(requestId) && !open.has(requestId), 'H1: a request to be pruned is in the history, and not open');
      due++;
    }
    dueBytes += group.bytes;
    yield;
  }
  assert(open.size + due === entries.size, 'H1: a request is open or to be pruned');
  assert(dueBytes === bytes, 'H1: the bytes of the history are counted');
}

/** All invariants. */
export function checkState(state: ReplicatedState, config: ExecutionConfig): void {
  runSteps(checkStateInSteps(state, config));
}

/** All invariants, with a pause after each canister, three times. @param state - a fork: nobody changes it meanwhile */
export function* checkStateInSteps(state: ReplicatedState, config: ExecutionConfig): Steps {
  yield* cyclesInSteps(state, config);
  yield* indexesInSteps(state);
  yield* queuesInSteps(state);
  yield* historyInSteps(state);
}
