/**
 * One replica: admission, ordering, execution, proofs of what is certified.
 * @module
 */
import { fromHex, MANAGEMENT_CANISTER_ID, ok, type PrincipalId, type Result, toHex } from '@myelin/core/base';
import {
  type Batch,
  hasPendingWork,
  ingressAdmissionError,
  inspectsMessages,
  type ManagementQuery,
  nextWakeNs,
  wantsHeartbeat,
} from '@myelin/core/execution';
import { type IngressMessage as StateIngress, type IngressStatus, canisterForRead, isFinalStatus } from '@myelin/core/state';
import {
  type CertifiedState,
  dataPaths,
  type ManagementAnswer,
  type OrderingEngine,
  PrintCollector,
  type PrintPort,
  requestPaths,
  type StatePath,
  type SubnetHost,
} from '@myelin/network';
import { type LogAnswer, LogFeed, type LogQuestion, type PrintedLines, PrintedOutbox } from '../canister-logs/index.ts';
import {
  type AccessState,
  checkReadStatePaths,
  type HttpFailure,
  type IngressMessage,
  type QueryCall,
  type ReadStateRequest,
  type RequestOwner,
} from '../http/index.ts';
import {
  BatchMetrics,
  type BatchTimer,
  type CanisterListing,
  type CheckpointFigures,
  type CoreSnapshot,
  listCanisters,
  type LogFigures,
  type SlowBatch,
  stateFigures as figuresOf,
  watchThread,
} from '../metrics/index.ts';
import { type ModuleBuilder, prebuild } from './prebuild.ts';
import {
  FRESH_NS,
  type CertifiedData,
  type Position,
  type ReplicaCore,
  type StateFigures,
  type StateProof,
  type SubmitOptions,
  type Submitted,
} from './ports.ts';
import { refusalOf, toAnswer, toQuery } from './query-answer.ts';
import { SameTexts } from './same-texts.ts';

/** A batch of one slice takes a few tens of milliseconds. */
const SLOW_BATCH_MS = 1_000;

type Waiter = {
  readonly resolve: (proof: StateProof | undefined) => void;
  readonly reject: (fault: unknown) => void;
  readonly timer: NodeJS.Timeout;
};

/** A message on its way into a batch: `taken` resolves to whether it is in one, once that is durable. */
type Offered = {
  readonly owner: RequestOwner;
  readonly taken: Promise<boolean>;
  readonly resolve: (taken: boolean) => void;
  readonly reject: (fault: unknown) => void;
};

/** What a replica that is kept says of its files. */
export type KeptFigures = { readonly checkpoints: () => CheckpointFigures; readonly log: () => Promise<LogFigures> };

/** What the replica is made of. */
export type ReplicaParts = {
  readonly host: SubnetHost;
  readonly ordering: OrderingEngine;
  /** The network's time, nanoseconds since 1970: ordering and expiries go by the same clock. */
  readonly nowNs: () => bigint;
  /** Told of each batch that was executed, is durable and published. */
  readonly afterBatch?: () => void;
  /** Rewrites modules in another thread. */
  readonly builder?: ModuleBuilder;
  /** Told of each batch that took longer than a second. */
  readonly onSlowBatch?: (batch: SlowBatch) => void;
  /** What is kept of the network; absent when it is in memory only. */
  readonly kept?: KeptFigures;
};

function isFinal(status: IngressStatus | undefined): boolean {
  return status !== undefined && isFinalStatus(status);
}

export class Replica implements ReplicaCore, AccessState {
  readonly isRoot = true;
  readonly #parts: ReplicaParts;
  readonly #waiters = new Map<string, Set<Waiter>>();
  /** Messages that were offered and are not durable yet. */
  readonly #offered = new Map<string, Offered>();
  /** Why no batch is delivered any more. */
  #fault: { readonly error: unknown } | undefined;
  readonly #metrics = new BatchMetrics();
  readonly #thread = watchThread();
  readonly #names = new SameTexts<PrincipalId>();
  readonly #logs: LogFeed;
  /** What queries print that run here. */
  readonly #printed: PrintedOutbox = new PrintedOutbox((printed) => {
    this.#logs.print(printed);
    this.#printed.taken();
  });

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
    this.#logs = new LogFeed(() => parts.host.certified.state.canisters);
  }

  /** Starts ordering. */
  start(): void {
    const { host, ordering } = this.#parts;
    ordering.start({
      deliver: (batch, durable) => this.#deliver(batch, durable),
      hasPendingWork: () => hasPendingWork(host.state),
      nextWakeNs: () => nextWakeNs(host.state),
      wantsHeartbeat: () => wantsHeartbeat(host.state),
      position: () => ({ height: host.state.height, timeNs: host.state.timeNs }),
    });
  }

  /** Finishes the running batch and answers those who wait that nothing more comes. */
  async stop(): Promise<void> {
    await this.#parts.ordering.stop();
    for (const waiters of this.#waiters.values()) for (const waiter of waiters) this.#release(waiter, undefined);
    this.#waiters.clear();
    for (const { resolve } of this.#offered.values()) resolve(false);
    this.#offered.clear();
    this.#logs.close();
    this.#thread.close();
  }

  async #deliver(batch: Batch, durable: Promise<void>): Promise<void> {
    const { host } = this.#parts;
    const timer = this.#metrics.startBatch(batch.ingress.length);
    try {
      await Promise.all([durable.then(() => (timer.durableMs = performance.now())), this.#execute(batch, timer)]);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    host.publish();
    for (const message of batch.ingress) {
      const offered = this.#offered.get(message.requestId);
      this.#offered.delete(message.requestId);
      offered?.resolve(true);
    }
    this.#answerWaiters();
    const took = this.#metrics.endBatch(timer, Number(batch.height));
    if (took.wholeMs > SLOW_BATCH_MS) this.#parts.onSlowBatch?.(took);
    this.#logs.afterBatch();
    this.#parts.afterBatch?.();
  }

  async #execute(batch: Batch, timer: BatchTimer): Promise<void> {
    timer.outcome = await this.#parts.host.executeBatch(batch);
    timer.executedMs = performance.now();
  }

  /** The node has to stop. What became of the messages on their way is unknown, so those who wait for them are told of the fault alone. */
  #fail(error: unknown): void {
    this.#fault = { error };
    for (const waiters of this.#waiters.values()) {
      for (const waiter of waiters) {
        clearTimeout(waiter.timer);
        waiter.reject(error);
      }
    }
    this.#waiters.clear();
    for (const { reject } of this.#offered.values()) reject(error);
    this.#offered.clear();
  }

  #answerWaiters(): void {
    const { certified } = this.#parts.host;
    for (const [requestId, waiters] of this.#waiters) {
      if (!isFinal(certified.state.ingressHistory.entries.get(requestId))) continue;
      this.#waiters.delete(requestId);
      const proof = proofOf(certified, requestPaths(fromHex(requestId)));
      for (const waiter of waiters) this.#release(waiter, proof);
    }
  }

  #release(waiter: Waiter, proof: StateProof | undefined): void {
    clearTimeout(waiter.timer);
    waiter.resolve(proof);
  }

  get subnetId(): PrincipalId {
    return this.#parts.host.state.subnet.id;
  }

  get #position(): Position {
    const { height, timeNs } = this.#parts.host.certified.state;
    return { height, timeNs };
  }

  controllersOf(id: PrincipalId): readonly PrincipalId[] | undefined {
    return canisterForRead(this.#parts.host.certified.state, id)?.settings.controllers;
  }

  metadataVisibility(canister: PrincipalId, name: string): 'public' | 'private' | undefined {
    return canisterForRead(this.#parts.host.certified.state, canister)?.module?.info.metadata.get(name)?.visibility;
  }

  async canisterIds(limit: number): Promise<readonly PrincipalId[]> {
    const ids: PrincipalId[] = [];
    for (const id of this.#parts.host.certified.state.canisters.keys()) {
      if (ids.length >= limit) break;
      ids.push(id as PrincipalId);
    }
    return ids;
  }

  async stateFigures(): Promise<StateFigures> {
    const { height, timeNs, canisters, memoryBytes } = this.#parts.host.certified.state;
    return { height, timeNs, canisters: canisters.size, memoryBytes };
  }

  requestOwner(requestId: Uint8Array): RequestOwner | undefined {
    const id = toHex(requestId);
    const status = this.#parts.host.certified.state.ingressHistory.entries.get(id);
    if (status !== undefined) return { sender: status.sender, receiver: status.receiver };
    return this.#offered.get(id)?.owner;
  }

  #inspectionError(message: IngressMessage): Submitted | undefined {
    const error = this.#printing((print) => this.#parts.host.inspect(toQuery(message), print));
    return error === undefined ? undefined : refusalOf(error);
  }

  /** Why the message is not taken, or who has to be asked first. */
  #admission(message: IngressMessage, offered: StateIngress, { inspect }: SubmitOptions): Submitted | undefined {
    const { host } = this.#parts;
    const { state } = host.certified;
    const error = ingressAdmissionError(state, host.config, offered);
    if (error !== undefined) return refusalOf(error);
    if (message.canisterId === MANAGEMENT_CANISTER_ID || inspect === 'done') return undefined;
    const receiver = canisterForRead(state, message.canisterId);
    if (receiver === undefined || !(inspectsMessages(receiver) || receiver.module === undefined)) return undefined;
    return inspect === 'here' ? this.#inspectionError(message) : { kind: 'inspect', position: this.#position };
  }

  async submit(message: IngressMessage, options: SubmitOptions): Promise<Submitted> {
    const requestId = toHex(message.requestId);
    if (!this.#isKnown(requestId)) {
      const refused = await this.#offer(message, requestId, options);
      if (refused !== undefined) return refused;
    }
    const offer = this.#offered.get(requestId);
    if (offer !== undefined && !(await offer.taken)) return { kind: 'busy', message: 'this node stops: try again when it is back' };
    return { kind: 'accepted', proof: options.certify ? this.#finalProof(requestId) : undefined };
  }

  /** @throws why the replica had to stop */
  #assertSound(): void {
    if (this.#fault !== undefined) throw this.#fault.error;
  }

  /** Whether the message is on its way or in the history. */
  #isKnown(requestId: string): boolean {
    return this.#offered.has(requestId) || this.#parts.host.certified.state.ingressHistory.entries.has(requestId);
  }

  /** Checks a message and puts it into the pool; says why not otherwise. */
  async #offer(message: IngressMessage, requestId: string, options: SubmitOptions): Promise<Submitted | undefined> {
    const { host, ordering, builder } = this.#parts;
    this.#assertSound();
    const offered: StateIngress = {
      kind: 'ingress',
      requestId,
      sender: this.#names.same(message.sender),
      receiver: this.#names.same(message.canisterId),
      effectiveCanisterId: this.#names.same(message.effectiveCanisterId),
      methodName: message.methodName,
      arg: message.arg,
      expiryNs: message.ingressExpiry,
      ...(message.senderInfo === undefined ? {} : { senderInfo: message.senderInfo }),
    };
    const refused = this.#admission(message, offered, options);
    if (refused !== undefined) return refused;
    if (builder !== undefined && message.canisterId === MANAGEMENT_CANISTER_ID) {
      await prebuild(host, builder, offered);
      this.#assertSound();
      // The same message may have come once more meanwhile.
      if (this.#isKnown(requestId)) return undefined;
    }
    if (ordering.submit(offered)?.kind === 'full') {
      return { kind: 'busy', message: 'too many messages wait already: try again in a second' };
    }
    const { promise: taken, resolve, reject } = Promise.withResolvers<boolean>();
    this.#offered.set(requestId, { owner: { sender: message.sender, receiver: message.canisterId }, taken, resolve, reject });
    return undefined;
  }

  #finalProof(requestId: string): StateProof | undefined {
    const { certified } = this.#parts.host;
    if (!isFinal(certified.state.ingressHistory.entries.get(requestId))) return undefined;
    return proofOf(certified, requestPaths(fromHex(requestId)));
  }

  waitForProof(requestId: Uint8Array, timeoutMs: number): Promise<StateProof | undefined> {
    const id = toHex(requestId);
    const proof = this.#finalProof(id);
    if (proof !== undefined) return Promise.resolve(proof);
    if (this.#fault !== undefined) return Promise.reject(this.#fault.error as Error);
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(id) ?? new Set<Waiter>();
      const timer = setTimeout(() => {
        waiters.delete(waiter);
        if (waiters.size === 0) this.#waiters.delete(id);
        resolve(undefined);
      }, timeoutMs);
      const waiter: Waiter = { resolve, reject, timer };
      waiters.add(waiter);
      this.#waiters.set(id, waiters);
    });
  }

  /** Clients refuse what is older than five minutes: an idle network makes a batch when somebody looks. */
  async freshen(): Promise<Position> {
    if (this.#parts.nowNs() - this.#position.timeNs > FRESH_NS) await this.#parts.ordering.seal();
    return this.#position;
  }

  async query(call: QueryCall): ReturnType<ReplicaCore['query']> {
    await this.freshen();
    const result = this.#printing((print) => this.#parts.host.query(toQuery(call), print));
    return { answer: toAnswer(result), position: this.#position };
  }

  /** Runs something that may print, on the certified state. */
  #printing<T>(run: (print: PrintPort) => T): T {
    const printed = new PrintCollector();
    const result = run(printed.add);
    const { collected } = printed;
    if (collected.prints.length > 0) this.#printed.add(collected, this.#parts.nowNs());
    return result;
  }

  /** Takes what queries printed that ran elsewhere on a state of this replica. */
  print(printed: PrintedLines): void {
    this.#logs.print(printed);
  }

  async manage(query: ManagementQuery): Promise<ManagementAnswer> {
    return { result: this.#parts.host.manage(query), height: this.#position.height };
  }

  async certifiedData(id: PrincipalId): Promise<CertifiedData | undefined> {
    const { certified } = this.#parts.host;
    const canister = canisterForRead(certified.state, id);
    if (canister === undefined) return undefined;
    return { proof: proofOf(certified, dataPaths(id)), certifiedData: canister.certifiedData };
  }

  async readState(request: ReadStateRequest): Promise<Result<StateProof, HttpFailure>> {
    await this.freshen();
    // Checked and proved in one go: what is revealed is what was allowed.
    const access = checkReadStatePaths(request, this);
    return access.ok ? ok(proofOf(this.#parts.host.certified, request.paths)) : access;
  }

  async snapshot(): Promise<CoreSnapshot> {
    const { host, ordering, kept } = this.#parts;
    const { state } = host.certified;
    const { messages: pooledMessages, bytes: pooledBytes } = ordering.pooled;
    const { instanceCount, instances, compiledModules, modules } = host.counters;
    const caches = [
      { name: 'instances', size: instanceCount, ...instances },
      { name: 'compiled_modules', size: undefined, ...compiledModules },
      { name: 'modules', size: undefined, ...modules },
    ];
    return {
      height: Number(state.height),
      timeMs: Number(state.timeNs / 1_000_000n),
      fault: this.#fault === undefined ? undefined : messageOf(this.#fault.error),
      pool: { offered: this.#offered.size, waiting: this.#waiters.size, pooledMessages, pooledBytes },
      batches: this.#metrics.figures(),
      state: figuresOf(state),
      checkpoints: kept?.checkpoints(),
      log: await kept?.log(),
      threads: [{ name: 'replica', ...this.#thread.read(), caches }],
      queryLines: this.#logs.printed,
    };
  }

  async listCanisters(limit: number): Promise<CanisterListing> {
    return await listCanisters(this.#parts.host.certified.state, limit);
  }

  async readLogs(question: LogQuestion): Promise<LogAnswer> {
    return await this.#logs.read(question);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function proofOf(certified: CertifiedState, paths: readonly StatePath[]): StateProof {
  const { height, timeNs } = certified.state;
  return { ...certified.proof(paths), height, timeNs };
}
