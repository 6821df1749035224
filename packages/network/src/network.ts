/**
 * A network inside the process: one subnet, virtual time, no HTTP, no threads, no disk.
 *
 * Time stands still unless it is advanced; a batch is made when something is called or `tick` asks for one. The same code runs canisters
 * as in a node, so results, instruction counts, cycles and errors are the same.
 * @module
 */
import { ANONYMOUS_PRINCIPAL, assert, fromHex, type Hasher, MANAGEMENT_CANISTER_ID, type PrincipalId, toHex } from '@myelin/core/base';
import { type CanisterInstallMode, type CanisterSettings, type CanisterStatusResult, managementCanister } from '@myelin/core/candid';
import type { BlsSigner } from '@myelin/core/certification';
import { createNobleBlsSigner } from '@myelin/core/crypto';
import {
  type Batch,
  type CallResult,
  checkState,
  type ExecutionConfig,
  hasPendingWork,
  PROTOCOL_VERSION,
  type WasmEngine,
} from '@myelin/core/execution';
import {
  canisterForRead,
  type CanisterState,
  forkState,
  type IngressMessage,
  type IngressStatus,
  type ReplicatedState,
} from '@myelin/core/state';
import { createV8Engine, createWasmHasher } from '@myelin/engine';
import { replyOf } from './call-error.ts';
import { DEFAULT_BLS_PUBLIC_KEY, DEFAULT_SEED } from './default-seed.ts';
import { type BlsSignerFactory, createGenesis, type Genesis, type GenesisOptions } from './genesis.ts';
import { createIngressMessage } from './ingress-message.ts';
import { SubnetHost } from './subnet-host.ts';

export type NetworkOptions = Partial<GenesisOptions> & {
  /** SHA-2; by default in WebAssembly. */
  readonly hasher?: Hasher;
  /** Checks every invariant of the state after each batch. Costs time that follows the number of canisters. */
  readonly checkInvariants?: boolean;
};

export type SenderOption = { readonly sender?: PrincipalId };

export type CreateCanisterOptions = SenderOption & {
  /** Cycles; by default 100 T. */
  readonly cycles?: bigint;
  readonly id?: PrincipalId;
  readonly settings?: Partial<CanisterSettings>;
};

export type InstallOptions = SenderOption & {
  readonly arg?: Uint8Array;
  readonly mode?: 'install' | 'reinstall' | 'upgrade';
  /** For upgrades. */
  readonly skipPreUpgrade?: boolean;
  readonly wasmMemory?: 'keep' | 'replace';
};

/** 10 May 2021, 10:00 UTC: the birthday of the Internet Computer. */
const GENESIS_TIME_NS = 1_620_640_800_000_000_000n;
const INGRESS_TTL_NS = 240_000_000_000n;
/** Batches after which a call that does not end is given up. */
const BATCHES_PER_CALL_MAX = 100_000;
const EMPTY_ARGUMENT: Uint8Array = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);

const NO_SETTINGS: CanisterSettings = {
  controllers: [],
  compute_allocation: [],
  memory_allocation: [],
  freezing_threshold: [],
  reserved_cycles_limit: [],
  minimum_incoming_canister_call_cycles: [],
  log_visibility: [],
  log_memory_limit: [],
  snapshot_visibility: [],
  status_visibility: [],
  wasm_memory_limit: [],
  wasm_memory_threshold: [],
  environment_variables: [],
};

function installMode(options: InstallOptions): CanisterInstallMode {
  if (options.mode === 'reinstall') return { reinstall: null };
  if (options.mode !== 'upgrade') return { install: null };
  if (options.skipPreUpgrade === undefined && options.wasmMemory === undefined) return { upgrade: [] };
  return {
    upgrade: [
      {
        skip_pre_upgrade: options.skipPreUpgrade === undefined ? [] : [options.skipPreUpgrade],
        wasm_memory_persistence:
          options.wasmMemory === undefined ? [] : [options.wasmMemory === 'keep' ? { keep: null } : { replace: null }],
      },
    ],
  };
}

function resultOf(status: IngressStatus | undefined): CallResult | undefined {
  if (status?.status === 'replied') return { kind: 'reply', data: status.reply };
  if (status?.status !== 'rejected') return undefined;
  return {
    kind: 'reject',
    rejectCode: status.rejectCode,
    message: status.rejectMessage,
    errorCode: Number(status.errorCode.slice(2)),
  };
}

type NetworkParts = {
  readonly host: SubnetHost;
  readonly engine: WasmEngine;
  readonly hasher: Hasher;
  readonly blsSigner: BlsSigner;
  readonly rootKeyDer: Uint8Array;
  readonly seed: Uint8Array;
  readonly checkInvariants: boolean;
  readonly timeNs: bigint;
  readonly nonce: bigint;
};

export class Network {
  readonly #parts: NetworkParts;
  #timeNs: bigint;
  #nonce: bigint;
  #waiting: IngressMessage[] = [];

  /** Use `createNetwork`. */
  constructor(parts: NetworkParts) {
    this.#parts = parts;
    this.#timeNs = parts.timeNs;
    this.#nonce = parts.nonce;
  }

  /** DER public key that certificates of this network are verified with. */
  get rootKeyDer(): Uint8Array {
    return this.#parts.rootKeyDer;
  }

  get subnetId(): PrincipalId {
    return this.#parts.host.state.subnet.id;
  }

  get config(): ExecutionConfig {
    return this.#parts.host.config;
  }

  /** The newest complete state. Read only. */
  get state(): ReplicatedState {
    return this.#parts.host.certified.state;
  }

  get height(): bigint {
    return this.state.height;
  }

  /** Replicated time of the next batch, nanoseconds since 1970. */
  get timeNs(): bigint {
    return this.#timeNs;
  }

  /** Moves time forward. Timers fire with the next batch. */
  advanceTime(by: { readonly seconds?: number; readonly milliseconds?: number; readonly nanoseconds?: bigint }): void {
    const milliseconds = Math.round((by.seconds ?? 0) * 1_000 + (by.milliseconds ?? 0));
    const step = BigInt(milliseconds) * 1_000_000n + (by.nanoseconds ?? 0n);
    assert(step >= 0n, 'time goes forward');
    this.#timeNs += step;
  }

  /** Makes `count` batches, with heartbeats. */
  async tick(count = 1): Promise<void> {
    for (let index = 0; index < count; index++) await this.runBatch(true);
  }

  /** Makes one batch of what waits. */
  async runBatch(heartbeat = false): Promise<Batch> {
    const { host, hasher } = this.#parts;
    this.#timeNs += 1n;
    const height = host.state.height + 1n;
    const ingress = this.#waiting;
    this.#waiting = [];
    const randomness = hasher.sha256(concatSeed(this.#parts.seed, height));
    const batch: Batch = { height, timeNs: this.#timeNs, protocolVersion: PROTOCOL_VERSION, randomness, ingress, heartbeat };
    await host.runBatch(batch);
    if (this.#parts.checkInvariants) checkState(host.state, host.config);
    return batch;
  }

  /** Makes batches until no message is left to run. */
  async runUntilIdle(): Promise<void> {
    for (let count = 0; count < BATCHES_PER_CALL_MAX; count++) {
      if (this.#waiting.length === 0 && !hasPendingWork(this.#parts.host.state)) return;
      await this.runBatch();
    }
    assert(false, `canisters still have work after ${BATCHES_PER_CALL_MAX} batches`);
  }

  /** Offers an update call for the next batch. @returns its request id, for `resultOf` */
  submit(
    receiver: PrincipalId,
    methodName: string,
    arg: Uint8Array = EMPTY_ARGUMENT,
    options: SenderOption & { readonly effectiveCanisterId?: PrincipalId } = {},
  ): string {
    const message = createIngressMessage(
      {
        sender: options.sender ?? ANONYMOUS_PRINCIPAL,
        receiver,
        ...(options.effectiveCanisterId === undefined ? {} : { effectiveCanisterId: options.effectiveCanisterId }),
        methodName,
        arg,
        expiryNs: this.#timeNs + INGRESS_TTL_NS,
        nonce: this.#nonce++,
      },
      this.#parts.hasher,
    );
    this.#waiting.push(message);
    return message.requestId;
  }

  /** Offers messages that were made elsewhere for the next batch. */
  offer(messages: readonly IngressMessage[]): void {
    this.#waiting.push(...messages);
  }

  /** How a submitted call ended; undefined while it has not. */
  resultOf(requestId: string): CallResult | undefined {
    return resultOf(this.#parts.host.state.ingressHistory.entries.get(requestId));
  }

  /** Submits a call and makes batches until it has ended. */
  async updateResult(
    receiver: PrincipalId,
    methodName: string,
    arg: Uint8Array = EMPTY_ARGUMENT,
    options: SenderOption & { readonly effectiveCanisterId?: PrincipalId } = {},
  ): Promise<CallResult> {
    const requestId = this.submit(receiver, methodName, arg, options);
    for (let count = 0; count < BATCHES_PER_CALL_MAX; count++) {
      await this.runBatch();
      const result = this.resultOf(requestId);
      if (result !== undefined) return result;
    }
    throw new Error(`the call of ${methodName} has not ended after ${BATCHES_PER_CALL_MAX} batches`);
  }

  /** An update call. @returns the reply. @throws IcError `CALL_REJECTED` */
  async update(
    receiver: PrincipalId,
    methodName: string,
    arg: Uint8Array = EMPTY_ARGUMENT,
    options: SenderOption = {},
  ): Promise<Uint8Array> {
    return replyOf(await this.updateResult(receiver, methodName, arg, options));
  }

  /** Outcome of a query call. */
  queryResult(receiver: PrincipalId, methodName: string, arg: Uint8Array = EMPTY_ARGUMENT, options: SenderOption = {}): CallResult {
    return this.#parts.host.query({ sender: options.sender ?? ANONYMOUS_PRINCIPAL, receiver, methodName, arg });
  }

  /** A query call. @returns the reply. @throws IcError `CALL_REJECTED` */
  query(receiver: PrincipalId, methodName: string, arg: Uint8Array = EMPTY_ARGUMENT, options: SenderOption = {}): Uint8Array {
    return replyOf(this.queryResult(receiver, methodName, arg, options));
  }

  /** Whether `canister_inspect_message` lets a call in; the error when it does not. */
  inspect(
    receiver: PrincipalId,
    methodName: string,
    arg: Uint8Array = EMPTY_ARGUMENT,
    options: SenderOption = {},
  ): ReturnType<SubnetHost['inspect']> {
    return this.#parts.host.inspect({ sender: options.sender ?? ANONYMOUS_PRINCIPAL, receiver, methodName, arg });
  }

  /** Calls the management canister. @throws IcError `CALL_REJECTED` */
  async #manage(target: PrincipalId | undefined, methodName: string, arg: Uint8Array, options: SenderOption): Promise<Uint8Array> {
    const effectiveCanisterId = target ?? MANAGEMENT_CANISTER_ID;
    return replyOf(await this.updateResult(MANAGEMENT_CANISTER_ID, methodName, arg, { ...options, effectiveCanisterId }));
  }

  /** Creates an empty canister, paid with new cycles. */
  async createCanister(options: CreateCanisterOptions = {}): Promise<PrincipalId> {
    const method = managementCanister.provisional_create_canister_with_cycles;
    const arg = method.args.encode([
      {
        amount: options.cycles === undefined ? [] : [options.cycles],
        settings: options.settings === undefined ? [] : [{ ...NO_SETTINGS, ...options.settings }],
        specified_id: options.id === undefined ? [] : [options.id],
        sender_canister_version: [],
      },
    ]);
    const reply = await this.#manage(undefined, 'provisional_create_canister_with_cycles', arg, options);
    return method.result.decode(reply)[0].canister_id;
  }

  /** Installs, reinstalls or upgrades code. */
  async installCode(canister: PrincipalId, wasmModule: Uint8Array, options: InstallOptions = {}): Promise<void> {
    const arg = managementCanister.install_code.args.encode([
      {
        mode: installMode(options),
        canister_id: canister,
        wasm_module: wasmModule,
        arg: options.arg ?? EMPTY_ARGUMENT,
        sender_canister_version: [],
      },
    ]);
    await this.#manage(canister, 'install_code', arg, options);
  }

  /** Creates a canister and installs code in it. */
  async deploy(wasmModule: Uint8Array, options: CreateCanisterOptions & { readonly arg?: Uint8Array } = {}): Promise<PrincipalId> {
    const canister = await this.createCanister(options);
    await this.installCode(canister, wasmModule, options);
    return canister;
  }

  async updateSettings(canister: PrincipalId, settings: Partial<CanisterSettings>, options: SenderOption = {}): Promise<void> {
    const arg = managementCanister.update_settings.args.encode([
      { canister_id: canister, settings: { ...NO_SETTINGS, ...settings }, sender_canister_version: [] },
    ]);
    await this.#manage(canister, 'update_settings', arg, options);
  }

  async canisterStatus(canister: PrincipalId, options: SenderOption = {}): Promise<CanisterStatusResult> {
    const method = managementCanister.canister_status;
    return method.result.decode(
      await this.#manage(canister, 'canister_status', method.args.encode([{ canister_id: canister }]), options),
    )[0];
  }

  async startCanister(canister: PrincipalId, options: SenderOption = {}): Promise<void> {
    await this.#manage(canister, 'start_canister', managementCanister.start_canister.args.encode([{ canister_id: canister }]), options);
  }

  async stopCanister(canister: PrincipalId, options: SenderOption = {}): Promise<void> {
    await this.#manage(canister, 'stop_canister', managementCanister.stop_canister.args.encode([{ canister_id: canister }]), options);
  }

  async deleteCanister(canister: PrincipalId, options: SenderOption = {}): Promise<void> {
    await this.#manage(canister, 'delete_canister', managementCanister.delete_canister.args.encode([{ canister_id: canister }]), options);
  }

  /** The record of a canister in the newest complete state. Read only; undefined when there is none. */
  canister(id: PrincipalId): CanisterState | undefined {
    return canisterForRead(this.state, id);
  }

  /** CBOR certificate that reveals the given paths of the state tree, and the time. */
  certificate(paths: readonly (readonly Uint8Array[])[]): Uint8Array {
    return this.#parts.host.certified.certificate(paths);
  }

  /** CBOR certificate with the status of a request. */
  requestCertificate(requestId: string): Uint8Array {
    return this.#parts.host.certified.requestCertificate(fromHex(requestId));
  }

  /** Root hash of the canonical state tree: what certificates sign. */
  rootHash(): Uint8Array {
    return this.#parts.host.certified.rootHash;
  }

  /** Hex of sha256(rho || delta): equal for networks that ran the same batches. */
  digest(): string {
    return toHex(this.#parts.host.digest());
  }

  /** An independent network that goes on from the same state. Constant time. */
  fork(): Network {
    const { hasher, blsSigner } = this.#parts;
    const engine = createV8Engine({ proveLater: true });
    const host = new SubnetHost({ state: forkState(this.#parts.host.state), config: this.config, engine, hasher, blsSigner });
    return new Network({ ...this.#parts, host, engine, timeNs: this.#timeNs, nonce: this.#nonce });
  }

  /** Drops what can be built again: stacks of paused messages. Changes no outcome. */
  dropCaches(): void {
    this.#parts.host.dropStacks();
  }
}

function concatSeed(seed: Uint8Array, height: bigint): Uint8Array {
  const bytes = new Uint8Array(seed.length + 8);
  bytes.set(seed);
  for (let index = 0; index < 8; index++) bytes[seed.length + index] = Number((height >> BigInt(8 * index)) & 255n);
  return bytes;
}

/** Creates a network inside the process. The same options give the same network. */
export function createNetwork(options: NetworkOptions = {}): Network {
  const hasher = options.hasher ?? createWasmHasher();
  const seed = options.seed ?? DEFAULT_SEED;
  const createBlsSigner: BlsSignerFactory = (secretKey) =>
    createNobleBlsSigner(secretKey, options.seed === undefined ? DEFAULT_BLS_PUBLIC_KEY : undefined);
  const genesis = createGenesis(
    {
      seed,
      subnetType: options.subnetType ?? 'application',
      nodes: options.nodes ?? 13,
      timeNs: options.timeNs ?? GENESIS_TIME_NS,
      firstCanisterIndex: options.firstCanisterIndex ?? 0n,
      ...(options.priceSet === undefined ? {} : { priceSet: options.priceSet }),
      ...(options.ingressHistoryMax === undefined ? {} : { ingressHistoryMax: options.ingressHistoryMax }),
    },
    hasher,
    createBlsSigner,
  );
  const blsSigner = createBlsSigner(genesis.blsSecretKey);
  return openNetwork(genesis, genesis.state, { hasher, seed, blsSigner, checkInvariants: options.checkInvariants ?? false });
}

/**
 * A network inside the process that goes on from a state which was made elsewhere, by a node for instance. The state that is given stays as it is.
 *
 * @param genesis - of the network that the state is of.
 * @param parts.seed - what the randomness of its batches comes from: another one than that of the network it is a copy of.
 */
export function openNetwork(
  genesis: Genesis,
  state: ReplicatedState,
  parts: { readonly hasher: Hasher; readonly seed: Uint8Array; readonly blsSigner: BlsSigner; readonly checkInvariants?: boolean },
): Network {
  const { hasher, blsSigner, seed, checkInvariants = false } = parts;
  const engine = createV8Engine({ proveLater: true });
  const host = new SubnetHost({ state: forkState(state), config: genesis.config, engine, hasher, blsSigner });
  return new Network({
    ...{ host, engine, hasher, blsSigner, seed, checkInvariants },
    rootKeyDer: genesis.rootKeyDer,
    timeNs: state.timeNs,
    nonce: 0n,
  });
}
