/**
 * Which message runs next: deterministic, fair, the same on every node.
 *
 * Canisters with work take turns in the order of their ids, going on after the one that ran last; a turn is a bounded number of
 * messages. Calls to the management canister run before the other messages of their target. Messages that used up a slice get one
 * more slice per batch, the oldest first. A batch ends when nothing is left to do or its instructions are used up. A share of the
 * batch is kept for canisters with a compute allocation.
 * @module
 */
import { assert, present } from '../base/index.ts';
import {
  canisterForRead,
  canisterForWrite,
  type CanisterInput,
  type CanisterState,
  type ManagementCall,
  type ReplicatedState,
  type StartedMessage,
  timeKey,
  updateActivity,
} from '../state/index.ts';
import type { ExecutionEnvironment, Running } from './environment.ts';
import { captureHeaps } from './heap.ts';
import { payInductionDebit } from './induction.ts';
import { cyclesAround } from './invariants.ts';
import {
  BATCH_INSTRUCTIONS,
  FIRST_MESSAGE_INSTRUCTIONS,
  MESSAGE_OVERHEAD_INSTRUCTIONS,
  MESSAGES_PER_TURN,
  PAUSED_MESSAGES_MAX,
  QUEUED_BYTES_MAX,
  SLICE_INSTRUCTIONS,
  UNCAPTURED_CANISTERS_MAX,
} from './limits.ts';
import { withForeignChunks } from './management/install.ts';
import { runManagementCall } from './management/run.ts';
import { availableSubnetMemory } from './memory-usage.ts';
import type { HostAnswer } from './ports.ts';
import { countTaken } from './queue-totals.ts';
import { type MessageOutcome, runMessage, startMessage } from './run-message.ts';
import { chargeBeforeWork, reviewCharges } from './resource-charges.ts';
import { finishStopping } from './stopping.ts';
import { rearmGlobalTimer } from './timers.ts';

type CanisterId = CanisterState['id'];

/** What a batch has used up, and which canisters it was used for. */
export type BatchProgress = {
  instructions: bigint;
  messages: number;
  /** Canisters whose heaps may have changed since they were captured. */
  readonly touched: Set<CanisterId>;
  /** Canisters of which a message has run. */
  readonly seen: Set<CanisterId>;
};

export function createBatchProgress(): BatchProgress {
  return { instructions: 0n, messages: 0, touched: new Set(), seen: new Set() };
}

function account(progress: BatchProgress, { instructions, overhead }: MessageOutcome): void {
  progress.messages++;
  progress.instructions += overhead + (instructions > MESSAGE_OVERHEAD_INSTRUCTIONS ? instructions : MESSAGE_OVERHEAD_INSTRUCTIONS);
}

const NO_WORK: MessageOutcome = { instructions: 0n, overhead: 0n };

/** Counts what the instance of a canister may cost that runs in this batch for the first time. */
function accountFirst(progress: BatchProgress, id: CanisterId, { input }: StartedMessage): void {
  const runsCode = input.kind !== 'management' || input.methodName.startsWith('install_');
  if (!runsCode || progress.seen.has(id)) return;
  progress.seen.add(id);
  progress.instructions += FIRST_MESSAGE_INSTRUCTIONS;
}

/** Takes the next message of a canister: tasks first, then users and canisters in turn. */
function takeInput(state: ReplicatedState, canister: CanisterState): CanisterInput | undefined {
  const [task] = canister.taskQueue;
  if (task !== undefined) {
    canister.taskQueue = canister.taskQueue.slice(1);
    return { kind: 'task', task };
  }
  const fromIngress = canister.ingressQueue.size > 0 && (canister.ingressTurn || canister.inputQueue.size === 0);
  canister.ingressTurn = !fromIngress;
  const message = fromIngress ? canister.ingressQueue.shift() : canister.inputQueue.shift();
  if (message !== undefined) countTaken(state, message);
  return message;
}

/** A message that runs; it ends with its outcome. */
type Stack = Running<MessageOutcome>;

/** Runs a message as far as it gets without its host; one that is done by then has no stack. */
function openStack(environment: ExecutionEnvironment, id: CanisterId, start: StartedMessage): MessageOutcome | Stack {
  return start.input.kind === 'management' ? runManagementCall(environment, start) : runMessage(environment, id, start);
}

/** Lets a stack run until it pauses or is done. Returns the outcome, or undefined at a pause. */
function* runUntilPause(stack: Stack, answer: HostAnswer | undefined): Running<MessageOutcome | undefined> {
  let next = answer === undefined ? stack.next() : stack.next(answer);
  while (next.done !== true) {
    const reply: HostAnswer = yield next.value;
    if (reply.kind === 'paused') return undefined;
    next = stack.next(reply);
  }
  return next.value;
}

function pause(environment: ExecutionEnvironment, id: CanisterId, start: StartedMessage, stack: Stack): void {
  const { state } = environment;
  const canister = present(canisterForWrite(state, id), 'a canister with a started message is not removed');
  canister.paused = { ...start, slicesDone: start.slicesDone + 1 };
  state.paused.set(timeKey(start.startedNs) + id, id);
  environment.stacks.set(id, stack);
  updateActivity(state, canister);
}

/** Starts a message. @returns what is left to do when it was not done at once */
function begin(
  environment: ExecutionEnvironment,
  progress: BatchProgress,
  id: CanisterId,
  start: StartedMessage,
): Running<void> | undefined {
  progress.touched.add(id);
  accountFirst(progress, id, start);
  const opened = openStack(environment, id, start);
  if ('next' in opened) return runFirstSlice(environment, progress, id, start, opened);
  account(progress, opened);
  return undefined;
}

/** Runs a message until it is done or has used up a slice. */
function* runFirstSlice(
  environment: ExecutionEnvironment,
  progress: BatchProgress,
  id: CanisterId,
  start: StartedMessage,
  stack: Stack,
): Running<void> {
  const outcome = yield* runUntilPause(stack, undefined);
  if (outcome !== undefined) {
    account(progress, outcome);
    return;
  }
  progress.instructions += SLICE_INSTRUCTIONS;
  pause(environment, id, start, stack);
}

const PAUSED_ANSWER: HostAnswer = { kind: 'paused', instructions: 0n };

/** Builds the stack of a paused message again, by running the slices it has used. */
function* rebuild(environment: ExecutionEnvironment, id: CanisterId, start: StartedMessage): Running<Stack> {
  const stack = openStack(environment, id, start);
  assert('next' in stack, 'a message that paused needs its slices again');
  let outcome = yield* runUntilPause(stack, undefined);
  for (let slice = 1; slice < start.slicesDone && outcome === undefined; slice++) outcome = yield* runUntilPause(stack, PAUSED_ANSWER);
  assert(outcome === undefined, 'a message runs the same slices again');
  return stack;
}

/** Gives a paused message its next slice. */
function* resume(environment: ExecutionEnvironment, progress: BatchProgress, key: string, id: CanisterId): Running<void> {
  const { state } = environment;
  const start = present(canisterForRead(state, id)?.paused, 'the index of paused messages is in step');
  const stack = environment.stacks.get(id) ?? (yield* rebuild(environment, id, start));
  progress.touched.add(id);
  const outcome = yield* runUntilPause(stack, PAUSED_ANSWER);
  if (outcome === undefined) {
    progress.instructions += SLICE_INSTRUCTIONS;
    const canister = present(canisterForWrite(state, id), 'a canister with a paused message is not removed');
    canister.paused = { ...start, slicesDone: start.slicesDone + 1 };
    environment.stacks.set(id, stack);
    return;
  }
  environment.stacks.delete(id);
  state.paused.delete(key);
  progress.messages++;
  progress.instructions += SLICE_INSTRUCTIONS + outcome.overhead;
  const canister = canisterForWrite(state, id);
  if (canister === undefined) return;
  canister.paused = undefined;
  payInductionDebit(environment, canister);
  rearmGlobalTimer(state, canister);
  finishStopping(environment, canister);
  updateActivity(state, canister);
}

/** The oldest paused messages go on; the stacks of the others may be dropped, for they can be built again. */
export function* resumePaused(environment: ExecutionEnvironment, progress: BatchProgress): Running<void> {
  let turn = 0;
  for (const [key, id] of Array.from(environment.state.paused.entries())) {
    if (turn++ < PAUSED_MESSAGES_MAX) yield* resume(environment, progress, key, id);
    else dropStack(environment, id);
  }
}

/** Forgets the stack of a paused message; nothing of the state changes. */
export function dropStack(environment: ExecutionEnvironment, id: CanisterId): void {
  if (environment.stacks.delete(id)) environment.engine.abortSliced(id);
}

function managementStart(environment: ExecutionEnvironment, call: ManagementCall): StartedMessage {
  const { state } = environment;
  return {
    input: withForeignChunks(environment, call),
    callContextId: undefined,
    callback: undefined,
    startedNs: state.timeNs,
    subnetMemoryAvailable: availableSubnetMemory(state),
    queueBytesAvailable: QUEUED_BYTES_MAX - state.queuedBytes,
    slicesDone: 0,
  };
}

/** Runs calls to the management canister that act on no canister of this subnet. They never pause. */
export function* runSubnetCalls(environment: ExecutionEnvironment, progress: BatchProgress): Running<void> {
  const { state } = environment;
  while (state.managementQueue.size > 0 && progress.instructions < BATCH_INSTRUCTIONS) {
    const call = present(state.managementQueue.shift(), 'the queue has a call');
    countTaken(state, call);
    account(progress, yield* runManagementCall(environment, managementStart(environment, call)));
  }
}

/** Whether a canister's next step was taken, whether there was none, or what is left to do of it. */
type Step = 'done' | 'idle' | Running<void>;

/** Checks that a message neither made nor lost cycles. @param before - cycles around its canister before it */
function checkConserved({ state }: ExecutionEnvironment, id: CanisterId, before: bigint): void {
  const after = present(canisterForWrite(state, id), 'a message does not remove its canister');
  assert(after.paused !== undefined || cyclesAround(state, after) === before, 'C1: a message neither makes nor loses cycles');
}

function* thenCheck(environment: ExecutionEnvironment, id: CanisterId, before: bigint, rest: Running<void>): Running<void> {
  yield* rest;
  checkConserved(environment, id, before);
}

/** Runs the next message of a canister. */
function runNextMessage(environment: ExecutionEnvironment, progress: BatchProgress, canister: CanisterState): Step {
  const { state } = environment;
  const { id } = canister;
  const before = cyclesAround(state, canister);
  const input = takeInput(state, canister);
  if (input === undefined) return 'idle';
  const start = startMessage(environment, canister, input);
  if (start === undefined) account(progress, NO_WORK);
  else {
    const rest = begin(environment, progress, id, start);
    if (rest !== undefined) return thenCheck(environment, id, before, rest);
  }
  checkConserved(environment, id, before);
  return 'done';
}

/** Runs one message of a canister: calls to the management canister first. */
function runNext(environment: ExecutionEnvironment, progress: BatchProgress, id: CanisterId): Step {
  const { state } = environment;
  const canister = canisterForWrite(state, id);
  if (canister === undefined || canister.paused !== undefined) return 'idle';
  const call = canister.managementQueue.shift();
  if (call === undefined) return runNextMessage(environment, progress, canister);
  countTaken(state, call);
  return begin(environment, progress, id, managementStart(environment, call)) ?? 'done';
}

function reindex(state: ReplicatedState, id: CanisterId): void {
  const canister = canisterForWrite(state, id);
  if (canister !== undefined) updateActivity(state, canister);
  else state.active.delete(id);
}

/** A turn may have spent cycles, or taken memory. */
function endTurn(environment: ExecutionEnvironment, id: CanisterId): void {
  const canister = canisterForWrite(environment.state, id);
  if (canister !== undefined) reviewCharges(environment, canister);
}

function* runTurn(environment: ExecutionEnvironment, progress: BatchProgress, id: CanisterId, budget: bigint): Running<boolean> {
  const { state } = environment;
  let ran = false;
  const limit = progress.instructions + budget;
  chargeBeforeWork(environment, id);
  for (let count = 0; count < MESSAGES_PER_TURN; count++) {
    if (progress.instructions >= limit || progress.instructions >= BATCH_INSTRUCTIONS) break;
    const step = runNext(environment, progress, id);
    if (step === 'idle') break;
    if (step !== 'done') yield* step;
    reindex(state, id);
    ran = true;
    if (state.managementQueue.size > 0) yield* runSubnetCalls(environment, progress);
    if (!state.active.has(id)) break;
  }
  if (ran) endTurn(environment, id);
  if (progress.touched.size >= UNCAPTURED_CANISTERS_MAX) {
    captureHeaps(environment, progress.touched);
    progress.touched.clear();
  }
  return ran;
}

/** Canisters with a compute allocation have the first word, each for its percentage of the batch. */
function* runAllocated(environment: ExecutionEnvironment, progress: BatchProgress): Running<void> {
  const { state } = environment;
  if (state.computeAllocated === 0) return;
  for (const id of [...state.active.keys()] as CanisterId[]) {
    const allocation = canisterForRead(state, id)?.settings.computeAllocation ?? 0;
    if (allocation > 0) yield* runTurn(environment, progress, id, (BATCH_INSTRUCTIONS * BigInt(allocation)) / 100n);
  }
}

/** Runs messages until none is left or the batch is full. */
export function* runMessages(environment: ExecutionEnvironment, progress: BatchProgress): Running<void> {
  const { state } = environment;
  yield* runSubnetCalls(environment, progress);
  yield* runAllocated(environment, progress);
  let idle = 0;
  while (progress.instructions < BATCH_INSTRUCTIONS && state.active.size > 0 && idle <= state.active.size) {
    const next = state.active.firstAtOrAfter(`${state.scheduledLast}00`) ?? state.active.first();
    if (next === undefined) break;
    const id = next[0] as CanisterId;
    state.scheduledLast = id;
    const ran = yield* runTurn(environment, progress, id, BATCH_INSTRUCTIONS);
    idle = ran ? 0 : idle + 1;
  }
}
