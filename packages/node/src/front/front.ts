/**
 * The replica as the endpoints see it: signs what the replica proves, and lets queries run where they delay nobody.
 * @module
 */
import { MANAGEMENT_CANISTER_ID, ok, type PrincipalId, type Result, toHex } from '@myelin/core/base';
import { type BlsSigner, sealCertificate, stateRootMessage } from '@myelin/core/certification';
import { type MessageSigner, queryResponsePayload } from '@myelin/core/crypto';
import { subnetHostsId } from '@myelin/core/state';
import { BoundedCache, createNodeBlsSigner, createNodeEd25519Signer, nodeHasher, nodeVerifier } from '../crypto/index.ts';
import type {
  Accepted,
  AnsweredQuery,
  DelegationScope,
  HttpFailure,
  IngressMessage,
  QueryCall,
  ReadStateRequest,
  ReplicaPort,
  SignatureClaim,
  SubmitRefusal,
} from '../http/index.ts';
import type { LogAnswer, LogQuestion } from '../canister-logs/index.ts';
import { type CanisterListing, FrontMetrics, type ReplicaSnapshot, type ThreadFigures, watchThread } from '../metrics/index.ts';
import { FRESH_NS, type NodeIdentity, type Position, type ReplicaCore, type StateFigures, type StateProof } from '../replica/index.ts';

/** Roots whose signatures are kept. */
const SIGNATURES_KEPT = 64;

/** An answer, and the height of the state that it shows. */
export type ServedQuery = AnsweredQuery & { readonly height: bigint };

/** What is wanted of a query. */
export type QueryOptions = {
  /** Whether the answer goes without a signature of the node. */
  readonly unsigned: boolean;
  /** Verified before it runs. */
  readonly claim: SignatureClaim | undefined;
};

/** Runs queries beside the replica. */
export type QueryService = {
  /** Told that there are clients. */
  warm(): void;
  /**
   * Undefined: the claim holds and the whole state is needed, ask the replica.
   * @param height - of the state that the query must see at least.
   */
  query(call: QueryCall, height: bigint, options: QueryOptions): Promise<ServedQuery | 'unproven' | undefined>;
  /** Why a canister does not take a message; `elsewhere`: ask the replica. */
  inspect(message: IngressMessage, height: bigint): Promise<SubmitRefusal | 'welcome' | 'elsewhere'>;
  /** What its threads say of themselves; those that are at something long say nothing. */
  threads?(): Promise<readonly ThreadFigures[]>;
};

export type FrontParts = {
  readonly core: ReplicaCore;
  readonly identity: NodeIdentity;
  /** The network's time, nanoseconds since 1970. */
  readonly nowNs: () => bigint;
  /** Where the certified state stands. */
  readonly position?: Position;
  /** Without one the replica runs queries itself. */
  readonly queries?: QueryService;
};

export class Front implements ReplicaPort {
  readonly #parts: FrontParts;
  readonly #bls: BlsSigner;
  readonly #nodeSigner: MessageSigner;
  readonly #signatures = new BoundedCache<Uint8Array>(SIGNATURES_KEPT);
  /** The newest certified state that anybody was told of: nobody sees an older one after it. */
  #newest: Position = { height: 0n, timeNs: 0n };
  readonly #metrics = new FrontMetrics();
  readonly #thread = watchThread();

  constructor(parts: FrontParts) {
    this.#parts = parts;
    if (parts.position !== undefined) this.#newest = parts.position;
    this.#bls = createNodeBlsSigner(parts.identity.blsSecretKey);
    this.#nodeSigner = createNodeEd25519Signer(parts.identity.nodeSeed);
  }

  get subnetId(): PrincipalId {
    return this.#parts.identity.subnet.id;
  }

  get nodeId(): PrincipalId {
    return this.#parts.identity.nodeId;
  }

  get rootKeyDer(): Uint8Array {
    return this.#parts.identity.rootKeyDer;
  }

  readonly wallTimeNs = (): bigint => {
    const now = this.#parts.nowNs();
    return now > this.#newest.timeNs ? now : this.#newest.timeNs;
  };

  hostsCanisterId(id: PrincipalId): boolean {
    return subnetHostsId(this.#parts.identity.subnet, id);
  }

  #saw(position: Position): void {
    if (position.height > this.#newest.height) this.#newest = position;
  }

  /** The certificate of a proof. One signature serves all proofs of a state. */
  seal(proof: StateProof): Uint8Array {
    this.#saw(proof);
    const root = toHex(proof.rootHash);
    let signature = this.#signatures.get(root);
    if (signature === undefined) {
      signature = this.#bls.sign(stateRootMessage(proof.rootHash));
      this.#signatures.set(root, signature);
    }
    return sealCertificate(proof, signature);
  }

  async submit(message: IngressMessage, scope?: DelegationScope): Promise<Accepted | SubmitRefusal> {
    const submitted = await this.#submit(message, scope);
    if (submitted.kind === 'accepted') this.#metrics.accepted();
    else this.#metrics.refused(submitted.kind === 'busy' ? 'busy' : submitted.errorCode);
    return submitted;
  }

  async #submit(message: IngressMessage, scope?: DelegationScope): Promise<Accepted | SubmitRefusal> {
    const { core, queries } = this.#parts;
    queries?.warm();
    const certify = scope !== undefined;
    let submitted = await core.submit(message, { certify, inspect: queries === undefined ? 'here' : 'elsewhere' });
    if (submitted.kind === 'inspect' && queries !== undefined) {
      this.#saw(submitted.position);
      const verdict = await queries.inspect(message, submitted.position.height);
      if (typeof verdict === 'object') return verdict;
      submitted = await core.submit(message, { certify, inspect: verdict === 'welcome' ? 'done' : 'here' });
    }
    if (submitted.kind === 'inspect') throw new Error('a replica that was told to ask a canister itself has not');
    if (submitted.kind !== 'accepted') return submitted;
    return { kind: 'accepted', certificate: submitted.proof === undefined ? undefined : this.seal(submitted.proof) };
  }

  async waitForCertificate(requestId: Uint8Array, timeoutMs: number): Promise<Uint8Array | undefined> {
    const proof = await this.#parts.core.waitForProof(requestId, timeoutMs);
    return proof === undefined ? undefined : this.seal(proof);
  }

  async readState(request: ReadStateRequest): Promise<Result<Uint8Array, HttpFailure>> {
    const { core, queries } = this.#parts;
    queries?.warm();
    const proof = await core.readState(request);
    return proof.ok ? ok(this.seal(proof.value)) : proof;
  }

  async canisterIds(limit: number): Promise<readonly PrincipalId[]> {
    return await this.#parts.core.canisterIds(limit);
  }

  /** Where the certified state stands, and how much it holds. */
  async stateFigures(): Promise<StateFigures> {
    return await this.#parts.core.stateFigures();
  }

  async query(call: QueryCall, { unsigned }: { readonly unsigned: boolean } = { unsigned: false }): Promise<AnsweredQuery> {
    const answered = await this.#observed(call, { unsigned, claim: undefined });
    if (answered === 'unproven') throw new Error('a query that claims nothing can not be unproven');
    return answered;
  }

  queryIfProven(call: QueryCall, claim: SignatureClaim | undefined): Promise<AnsweredQuery | 'unproven'> {
    return this.#observed(call, { unsigned: false, claim });
  }

  async #observed(call: QueryCall, options: QueryOptions): Promise<AnsweredQuery | 'unproven'> {
    const startedMs = performance.now();
    const answered = await this.#query(call, options);
    if (answered !== 'unproven') this.#metrics.queried(startedMs, answered.answer.status === 'replied');
    return answered;
  }

  async snapshot(): Promise<ReplicaSnapshot> {
    const { core, queries } = this.#parts;
    const [snapshot, threads] = await Promise.all([core.snapshot(), queries?.threads?.() ?? []]);
    // Without threads for queries the front shares that of the replica.
    const own = queries === undefined ? [] : [{ name: 'front', ...this.#thread.read(), caches: [] }];
    const all = [...own, ...snapshot.threads, ...threads];
    return { ...snapshot, threads: all, admissions: this.#metrics.admissions(), queries: this.#metrics.queries() };
  }

  async listCanisters(limit: number): Promise<CanisterListing> {
    return await this.#parts.core.listCanisters(limit);
  }

  async readLogs(question: LogQuestion): Promise<LogAnswer> {
    return await this.#parts.core.readLogs(question);
  }

  async #query(call: QueryCall, options: QueryOptions): Promise<AnsweredQuery | 'unproven'> {
    const { core, queries, nowNs } = this.#parts;
    if (queries !== undefined && call.canisterId !== MANAGEMENT_CANISTER_ID) {
      // Clients refuse what is older than five minutes: an idle network makes a batch when somebody looks.
      if (nowNs() - this.#newest.timeNs > FRESH_NS) this.#saw(await core.freshen());
      const answered = await queries.query(call, this.#newest.height, options);
      if (answered !== undefined) {
        // Another thread may not have heard of that state yet.
        if (answered !== 'unproven') this.#saw({ height: answered.height, timeNs: answered.timestampNs });
        return answered;
      }
    } else if (options.claim !== undefined && !(await nodeVerifier.verifyAside(...options.claim))) {
      return 'unproven';
    }
    const { answer, position } = await core.query(call);
    this.#saw(position);
    const { timeNs: timestampNs } = position;
    return { answer, timestampNs, signature: options.unsigned ? undefined : signAnswer(this.#nodeSigner, call, answer, timestampNs) };
  }
}

/** Ed25519 signature of the node on an answer to a query. */
export function signAnswer(
  signer: MessageSigner,
  { requestId }: QueryCall,
  answer: AnsweredQuery['answer'],
  timestampNs: bigint,
): Uint8Array {
  return signer.sign(queryResponsePayload(answer, timestampNs, requestId, nodeHasher));
}
