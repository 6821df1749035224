/**
 * One replica of a subnet: runs batches, keeps the last certified state, answers queries.
 *
 * Batches run one after the other. As long as all messages fit their slice a batch runs without giving up control; a longer one
 * hands control to the event loop between slices, and queries go on on the certified state meanwhile.
 * @module
 */
import { assert, type Hasher, toHex } from '@myelin/core/base';
import type { BlsSigner } from '@myelin/core/certification';
import {
  applyBatch,
  type Batch,
  type BatchOutcome,
  type CacheCounters,
  type CallResult,
  checkState,
  checkStateInSteps,
  dropStack,
  executeQuery,
  type ExecutionConfig,
  type ExecutionEnvironment,
  type HostAnswer,
  type HostRequest,
  inspectMessage,
  type ManagementQuery,
  ModuleCache,
  moduleToInstall,
  type Query,
  type QueryEnvironment,
  queryManagement,
  type Running,
  type UserError,
  type WasmEngine,
} from '@myelin/core/execution';
import {
  canisterForRead,
  type CanisterModule,
  createIngressHistory,
  createTreeHasher,
  forkState,
  type IngressMessage,
  type ReplicatedState,
  type TreeHasher,
} from '@myelin/core/state';
import { TRACKED_PAGE_BYTES } from '@myelin/core/wasm';
import { CertifiedState } from './certifier.ts';
import type { PrintPort } from './print-collector.ts';
import { RestingRequests } from './resting-requests.ts';

export type SubnetHostOptions = {
  readonly state: ReplicatedState;
  readonly config: ExecutionConfig;
  readonly engine: WasmEngine;
  readonly hasher: Hasher;
  readonly blsSigner: BlsSigner;
};

/** Batches between two checks of all invariants in full, or more: with many canisters one takes longer. */
const FULL_CHECK_INTERVAL = 1_024n;
/**
 * Steps of a full check that follow each batch, of three for each canister: what a batch takes does not depend on how many there are. Few, because a
 * canister that nobody has needed since the start is made for it, which takes a fifth of a millisecond.
 */
const CHECK_STEPS = 8;

/** A fork that does not keep the history of requests, at which no check looks, from going. */
function withoutHistory(state: ReplicatedState): ReplicatedState {
  return { ...forkState(state), ingressHistory: createIngressHistory() };
}

/** Runs what a generator asks for. */
function answer(engine: WasmEngine, request: HostRequest): Promise<HostAnswer> {
  switch (request.kind) {
    case 'run-sliced':
      return engine.startSliced(request.request);
    case 'resume':
      return engine.resumeSliced(request.canister);
  }
}

/** What the caches of a replica hold and did: for whoever watches the node. */
export type HostCounters = {
  /** Instances of canisters that stand ready. */
  readonly instanceCount: number;
  readonly instances: Readonly<CacheCounters>;
  /** Modules that V8 has compiled. */
  readonly compiledModules: Readonly<CacheCounters>;
  /** Modules that were validated and rewritten. */
  readonly modules: Readonly<CacheCounters>;
};

export class SubnetHost {
  readonly config: ExecutionConfig;
  readonly #hasher: Hasher;
  readonly #engine: WasmEngine;
  readonly #blsSigner: BlsSigner;
  readonly #treeHasher: TreeHasher;
  readonly #environment: ExecutionEnvironment;
  /** The state after the last batch. */
  #executed: CertifiedState;
  /** The last state that was published. */
  #certified: CertifiedState;
  readonly #resting: RestingRequests;
  #running = false;
  /** The full check that goes on. */
  #check: Generator<void, void, undefined> | undefined;

  constructor(options: SubnetHostOptions) {
    this.config = options.config;
    this.#hasher = options.hasher;
    this.#engine = options.engine;
    this.#blsSigner = options.blsSigner;
    this.#treeHasher = createTreeHasher(options.hasher);
    this.#environment = {
      state: options.state,
      config: options.config,
      engine: options.engine,
      hasher: options.hasher,
      modules: new ModuleCache(options.hasher),
      stacks: new Map(),
      written: { pages: 0 },
    };
    this.#executed = this.#certify();
    this.#certified = this.#executed;
    this.#resting = new RestingRequests(this.#certified.state.ingressHistory);
  }

  /** The state that batches change. Between batches only; never change it from outside. */
  get state(): ReplicatedState {
    return this.#environment.state;
  }

  /** The newest published state: what queries run on and certificates prove. */
  get certified(): CertifiedState {
    return this.#certified;
  }

  #certify(): CertifiedState {
    return new CertifiedState(forkState(this.#environment.state), this.#treeHasher, this.#blsSigner);
  }

  /**
   * Runs one batch. Queries and certificates stay with the state before it until `publish`.
   * @returns at once when no message had to pause, else when the batch is complete.
   */
  executeBatch(batch: Batch): BatchOutcome | Promise<BatchOutcome> {
    assert(!this.#running, 'batches run one after the other');
    this.#running = true;
    const run = applyBatch(this.#environment, batch);
    return this.#drive(run, run.next());
  }

  /** The state after the last batch may be seen from outside: the batch can not be lost any more. */
  publish(): void {
    assert(!this.#running, 'a state is published when its batch is complete');
    this.#certified = this.#executed;
    this.#resting.published(this.#certified.state.ingressHistory);
  }

  /** Runs one batch and publishes the state after it. */
  runBatch(batch: Batch): BatchOutcome | Promise<BatchOutcome> {
    const outcome = this.executeBatch(batch);
    if (outcome instanceof Promise) return outcome.then((value) => this.#published(value));
    return this.#published(outcome);
  }

  #published(outcome: BatchOutcome): BatchOutcome {
    this.publish();
    return outcome;
  }

  #drive(run: Running<BatchOutcome>, step: IteratorResult<HostRequest, BatchOutcome>): BatchOutcome | Promise<BatchOutcome> {
    if (step.done !== true) return answer(this.#engine, step.value).then((value) => this.#drive(run, run.next(value)));
    const { state } = this.#environment;
    this.#continueCheck(state);
    this.#executed = this.#certify();
    this.#running = false;
    return step.value;
  }

  /** Goes on with the full check of a state, or begins one, so that no batch waits for all of it. @throws AssertionFault */
  #continueCheck(state: ReplicatedState): void {
    if (state.height % FULL_CHECK_INTERVAL === 0n) this.#check ??= checkStateInSteps(withoutHistory(state), this.config);
    if (this.#check === undefined) return;
    for (let step = 0; step < CHECK_STEPS; step++) {
      if (this.#check.next().done !== true) continue;
      this.#check = undefined;
      return;
    }
  }

  /** Bytes of pages that messages have written since this replica was opened, each page as often as a batch kept it. */
  get writtenBytes(): number {
    return this.#environment.written.pages * TRACKED_PAGE_BYTES;
  }

  get counters(): HostCounters {
    const { instances, modules } = this.#engine.counters;
    return { instanceCount: this.#engine.instanceCount, instances, compiledModules: modules, modules: this.#environment.modules.counters };
  }

  #queryEnvironment(print: PrintPort | undefined): QueryEnvironment {
    const certified = this.#certified;
    return {
      state: certified.state,
      canister: (id) => canisterForRead(certified.state, id),
      manage: (query) => queryManagement(certified.state, this.config, query),
      config: this.config,
      engine: this.#engine,
      hasher: this.#hasher,
      dataCertificate: (canister) => certified.dataCertificate(canister),
      ...(print === undefined ? {} : { print }),
    };
  }

  /** Executes a query call on the certified state. @param print - told what it prints: the state keeps nothing of it. */
  query(query: Query, print?: PrintPort): CallResult {
    return executeQuery(this.#queryEnvironment(print), query);
  }

  /** Answers a query of the management canister on the certified state. */
  manage(query: ManagementQuery): CallResult {
    return queryManagement(this.#certified.state, this.config, query);
  }

  /** Whether the receiver lets an ingress message in; undefined when it does. @param print - as of {@link query}. */
  inspect(query: Query, print?: PrintPort): UserError | undefined {
    return inspectMessage(this.#queryEnvironment(print), query);
  }

  /** The module that a message would install on the certified state and that is not rewritten yet. */
  moduleToBuild(message: IngressMessage): { readonly source: Uint8Array; readonly hash: string } | undefined {
    const source = moduleToInstall({ state: this.#certified.state, hasher: this.#hasher }, message);
    if (source === undefined) return undefined;
    const hash = toHex(this.#hasher.sha256(source));
    return this.#environment.modules.has(hash) ? undefined : { source, hash };
  }

  /** Takes in a module that was rewritten elsewhere. Changes no outcome. */
  addModule(module: CanisterModule): void {
    this.#environment.modules.add(module);
  }

  /** Checks all invariants of the state in full. Between batches only. @throws AssertionFault */
  checkInvariants(): void {
    checkState(this.state, this.config);
  }

  /** Full digest of the certified state. */
  digest(): Uint8Array {
    return this.#certified.digest();
  }

  /** Forgets the stacks of all paused messages: they are built again. Changes no outcome. */
  dropStacks(): void {
    for (const id of Array.from(this.#environment.stacks.keys())) dropStack(this.#environment, id as Query['receiver']);
  }
}
