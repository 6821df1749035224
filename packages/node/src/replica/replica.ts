/**
 * One replica as the endpoints see it: admission, ordering, execution, certificates.
 * @module
 */
import { fromHex, toHex, type Hasher, type PrincipalId } from '@myelin/core/base';
import type { MessageSigner } from '@myelin/core/crypto';
import {
  type Batch,
  type CallResult,
  errorCodeText,
  hasPendingWork,
  ingressAdmissionError,
  nextWakeNs,
  rejectCodeOf,
  type UserError,
  wantsHeartbeat,
} from '@myelin/core/execution';
import { type IngressMessage as StateIngress, type IngressStatus, canisterForRead, subnetHostsId } from '@myelin/core/state';
import type { OrderingEngine, SubnetHost } from '@myelin/network';
import type { IngressMessage, QueryCall, QueryAnswer, ReplicaPort, RequestOwner, StatePath, SubmitRefusal } from '../http/index.ts';

const FRESH_NS = 30_000_000_000n;
const MANAGEMENT = '';

type Waiter = {
  readonly resolve: (certificate: Uint8Array | undefined) => void;
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

/** What the replica is made of. */
export type ReplicaParts = {
  readonly host: SubnetHost;
  readonly ordering: OrderingEngine;
  readonly hasher: Hasher;
  readonly nodeSigner: MessageSigner;
  readonly nodeId: PrincipalId;
  readonly rootKeyDer: Uint8Array;
  /** The network's time, nanoseconds since 1970: ordering and expiries go by the same clock. */
  readonly nowNs: () => bigint;
  /** Told of each batch that was executed, is durable and published. */
  readonly afterBatch?: () => void;
};

function refusal(error: UserError): SubmitRefusal {
  return { kind: 'rejected', rejectCode: rejectCodeOf(error.code), rejectMessage: error.message, errorCode: errorCodeText(error.code) };
}

function isFinal(status: IngressStatus | undefined): boolean {
  return status !== undefined && status.status !== 'received' && status.status !== 'processing';
}

export class Replica implements ReplicaPort {
  readonly isRoot = true;
  readonly #parts: ReplicaParts;
  readonly #waiters = new Map<string, Set<Waiter>>();
  /** Messages that were offered and are not durable yet. */
  readonly #offered = new Map<string, Offered>();
  /** Why no batch is delivered any more. */
  #fault: { readonly error: unknown } | undefined;

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
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
  }

  async #deliver(batch: Batch, durable: Promise<void>): Promise<void> {
    const { host } = this.#parts;
    try {
      await Promise.all([durable, this.#execute(batch)]);
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
    this.#parts.afterBatch?.();
  }

  async #execute(batch: Batch): Promise<void> {
    await this.#parts.host.executeBatch(batch);
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
      const certificate = certified.requestCertificate(fromHex(requestId));
      for (const waiter of waiters) this.#release(waiter, certificate);
    }
  }

  #release(waiter: Waiter, certificate: Uint8Array | undefined): void {
    clearTimeout(waiter.timer);
    waiter.resolve(certificate);
  }

  get subnetId(): PrincipalId {
    return this.#parts.host.state.subnet.id;
  }

  get nodeId(): PrincipalId {
    return this.#parts.nodeId;
  }

  get rootKeyDer(): Uint8Array {
    return this.#parts.rootKeyDer;
  }

  get timeNs(): bigint {
    return this.#parts.host.certified.state.timeNs;
  }

  readonly wallTimeNs = (): bigint => this.#parts.nowNs();

  hostsCanisterId(id: PrincipalId): boolean {
    return subnetHostsId(this.#parts.host.state.subnet, id);
  }

  controllersOf(id: PrincipalId): readonly PrincipalId[] | undefined {
    return canisterForRead(this.#parts.host.certified.state, id)?.settings.controllers;
  }

  metadataVisibility(canister: PrincipalId, name: string): 'public' | 'private' | undefined {
    return canisterForRead(this.#parts.host.certified.state, canister)?.module?.info.metadata.get(name)?.visibility;
  }

  canisterIds(limit: number): readonly PrincipalId[] {
    const ids: PrincipalId[] = [];
    for (const id of this.#parts.host.certified.state.canisters.keys()) {
      if (ids.length >= limit) break;
      ids.push(id as PrincipalId);
    }
    return ids;
  }

  requestOwner(requestId: Uint8Array): RequestOwner | undefined {
    const id = toHex(requestId);
    const status = this.#parts.host.certified.state.ingressHistory.entries.get(id);
    if (status !== undefined) return { sender: status.sender, receiver: status.receiver };
    return this.#offered.get(id)?.owner;
  }

  #admissionError(message: StateIngress): UserError | undefined {
    const { host } = this.#parts;
    const { state } = host.certified;
    const error = ingressAdmissionError(state, host.config, message);
    if (error !== undefined || message.receiver === MANAGEMENT) return error;
    return host.inspect({
      sender: message.sender,
      receiver: message.receiver,
      methodName: message.methodName,
      arg: message.arg,
      ...(message.senderInfo === undefined ? {} : { senderInfo: message.senderInfo }),
    });
  }

  async submit(message: IngressMessage): Promise<{ readonly kind: 'accepted' } | SubmitRefusal> {
    const { host, ordering } = this.#parts;
    const requestId = toHex(message.requestId);
    if (host.certified.state.ingressHistory.entries.has(requestId)) return { kind: 'accepted' };
    let offer = this.#offered.get(requestId);
    if (offer === undefined) {
      if (this.#fault !== undefined) throw this.#fault.error;
      const offered: StateIngress = {
        kind: 'ingress',
        requestId,
        sender: message.sender,
        receiver: message.canisterId,
        effectiveCanisterId: message.effectiveCanisterId,
        methodName: message.methodName,
        arg: message.arg,
        expiryNs: message.ingressExpiry,
        ...(message.senderInfo === undefined ? {} : { senderInfo: message.senderInfo }),
      };
      const error = this.#admissionError(offered);
      if (error !== undefined) return refusal(error);
      const refused = ordering.submit(offered);
      if (refused?.kind === 'full') return { kind: 'busy', message: 'too many messages wait already: try again in a second' };
      const { promise: taken, resolve, reject } = Promise.withResolvers<boolean>();
      offer = { owner: { sender: message.sender, receiver: message.canisterId }, taken, resolve, reject };
      this.#offered.set(requestId, offer);
    }
    if (await offer.taken) return { kind: 'accepted' };
    return { kind: 'busy', message: 'this node stops: try again when it is back' };
  }

  waitForCertificate(requestId: Uint8Array, timeoutMs: number): Promise<Uint8Array | undefined> {
    const id = toHex(requestId);
    const { certified } = this.#parts.host;
    if (isFinal(certified.state.ingressHistory.entries.get(id))) return Promise.resolve(certified.requestCertificate(requestId));
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
  async #freshen(): Promise<void> {
    if (this.#parts.nowNs() - this.timeNs > FRESH_NS) await this.#parts.ordering.seal();
  }

  async query(call: QueryCall): Promise<{ readonly answer: QueryAnswer; readonly timestampNs: bigint }> {
    await this.#freshen();
    const result = this.#parts.host.query({
      sender: call.sender,
      receiver: call.canisterId,
      methodName: call.methodName,
      arg: call.arg,
      ...(call.senderInfo === undefined ? {} : { senderInfo: call.senderInfo }),
    });
    return { answer: toAnswer(result), timestampNs: this.timeNs };
  }

  signAsNode(message: Uint8Array): Uint8Array {
    return this.#parts.nodeSigner.sign(message);
  }

  async readState(paths: readonly StatePath[]): Promise<Uint8Array> {
    await this.#freshen();
    return this.#parts.host.certified.certificate(paths);
  }
}

function toAnswer(result: CallResult): QueryAnswer {
  if (result.kind === 'reply') return { status: 'replied', arg: result.data };
  return { status: 'rejected', rejectCode: result.rejectCode, rejectMessage: result.message, errorCode: errorCodeText(result.errorCode) };
}
