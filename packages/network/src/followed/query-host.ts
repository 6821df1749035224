/**
 * Runs queries on a certified state that is told by another thread.
 *
 * A query that meets something unknown is given up, what it lacks is asked for, and it runs again: nothing remains of the first run.
 * @module
 */
import type { Hasher, PrincipalId } from '@myelin/core/base';
import { equalBytes, MANAGEMENT_CANISTER_ID, toHex } from '@myelin/core/base';
import {
  type CallResult,
  executeQuery,
  type ExecutionConfig,
  inspectMessage,
  type ManagementQuery,
  type Query,
  type QueryEnvironment,
  type UserError,
  type WasmEngine,
} from '@myelin/core/execution';
import { PrintCollector, type PrintPort, type QueryPrints } from '../print-collector.ts';
import { FollowedState, type FollowedSubnet } from './followed-state.ts';
import type { StateUpdate } from './state-update.ts';

/** Canisters that are followed; beyond that the longest unused are forgotten. */
const FOLLOWED_MAX = 500;

/** Things that a query may find missing one after the other before it is left to who has the whole state. */
const RETRIES_MAX = 50;

/** A certificate of the same certified data serves again for that long: clients take those of the last five minutes. */
const CERTIFICATE_FRESH_NS = 5_000_000_000n;

export type QueryHostOptions = {
  readonly subnet: FollowedSubnet;
  readonly config: ExecutionConfig;
  readonly engine: WasmEngine;
  readonly hasher: Hasher;
  /** Asks for a canister; its news come through `apply`, with that number. */
  readonly follow: (id: PrincipalId, since: number) => void;
  readonly unfollow: (id: PrincipalId) => void;
  /** Says that an update that asks was taken in. */
  readonly heard: () => void;
  /** Asks for a certificate of the newest certified state; undefined when there is no such canister. */
  readonly dataCertificate: (id: PrincipalId) => Promise<DataCertificate | undefined>;
  /** Asks the management canister, which looks at the newest certified state. */
  readonly manage: (query: ManagementQuery) => Promise<ManagementAnswer>;
  /**
   * Told what a query printed, once it has ended; a run that was given up has printed nothing.
   * @param stateTimeNs - time of the state that it ran on.
   */
  readonly printed?: (printed: QueryPrints, stateTimeNs: bigint) => void;
};

/** What the management canister answers, and the height of the state that it looked at. */
export type ManagementAnswer = { readonly result: CallResult; readonly height: bigint };

/** What a canister may show of its certified data. */
export type DataCertificate = {
  /** CBOR, reveals the certified data. */
  readonly certificate: Uint8Array;
  readonly certifiedData: Uint8Array;
  /** Height of the state that it proves. */
  readonly height: bigint;
};

/** Why there is no outcome. `elsewhere`: it takes the whole state to answer; `taken`: another host has it. */
export type NoOutcome = { readonly kind: 'elsewhere' | 'taken' };

/** What came of a query, with height and time of the state that it ran on. */
export type QueryOutcome =
  | { readonly kind: 'answered'; readonly result: CallResult; readonly height: bigint; readonly timeNs: bigint }
  | NoOutcome;

/** What a canister says of a message, as {@link QueryOutcome}; without an error it takes it. */
export type InspectOutcome = { readonly kind: 'inspected'; readonly error: UserError | undefined } | NoOutcome;

/** What a query must see, and whether it is still to be run. */
export type QueryNeeds = {
  /** Height of the certified state that it must see at least. */
  readonly height: bigint;
  /** Asked once, right before it would run: false when another host has it. */
  readonly take?: () => boolean;
};

type Done<T> = { readonly kind: 'done'; readonly value: T; readonly height: bigint; readonly timeNs: bigint };

type Lack =
  | { readonly kind: 'canister' | 'certificate'; readonly id: PrincipalId }
  | { readonly kind: 'management answer'; readonly query: ManagementQuery };

/** Ends a query that can not go on with what is known here. */
class Missing extends Error {
  readonly lack: Lack;
  constructor(lack: Lack) {
    super(`a query needs the ${lack.kind}`);
    this.lack = lack;
  }
}

/** What the management canister has answered to one query and those that it called. */
type Managed = Map<string, CallResult>;

function managedKey({ sender, methodName, arg }: ManagementQuery): string {
  return `${sender} ${toHex(arg)} ${methodName}`;
}

type KnownCertificate = DataCertificate & { readonly timeNs: bigint };

export class QueryHost {
  readonly #options: QueryHostOptions;
  readonly #state: FollowedState;
  readonly #since = new Map<PrincipalId, number>();
  readonly #certificates = new Map<PrincipalId, KnownCertificate>();
  #follows = 0;
  #waiting: (() => void)[] = [];

  constructor(options: QueryHostOptions) {
    this.#options = options;
    this.#state = new FollowedState(options.subnet);
  }

  /** Height of the certified state that is known. */
  get height(): bigint {
    return this.#state.height;
  }

  /** Takes the news of the certified state. */
  apply(update: StateUpdate): void {
    this.#state.apply(update, ({ id, since }) => this.#since.get(id) === since);
    if (update.asks) this.#options.heard();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async #learn(id: PrincipalId): Promise<void> {
    if (!this.#since.has(id)) {
      this.#forgetIdle();
      const since = ++this.#follows;
      this.#since.set(id, since);
      this.#options.follow(id, since);
    }
    await this.#until(() => this.#state.knows(id) || !this.#since.has(id));
  }

  #forgetIdle(): void {
    for (const id of this.#state.ids) {
      if (this.#state.size < FOLLOWED_MAX) return;
      this.#state.forget(id);
      this.#since.delete(id);
      this.#certificates.delete(id);
      this.#options.engine.drop(id);
      this.#options.unfollow(id);
    }
  }

  async #learnCertificate(id: PrincipalId): Promise<void> {
    const found = await this.#options.dataCertificate(id);
    if (found === undefined) return;
    await this.#until(() => this.#state.height >= found.height);
    this.#certificates.set(id, { ...found, timeNs: this.#state.timeNs });
  }

  #freshCertificate(id: PrincipalId): Uint8Array | undefined {
    const known = this.#certificates.get(id);
    if (known === undefined || this.#state.timeNs - known.timeNs > CERTIFICATE_FRESH_NS) return undefined;
    const certifiedData = this.#state.knows(id) ? this.#state.canister(id)?.certifiedData : undefined;
    return certifiedData !== undefined && equalBytes(known.certifiedData, certifiedData) ? known.certificate : undefined;
  }

  async #learnManaged(managed: Managed, query: ManagementQuery): Promise<void> {
    const { result, height } = await this.#options.manage(query);
    await this.#until(() => this.#state.height >= height);
    managed.set(managedKey(query), result);
  }

  async #fetch(lack: Lack, managed: Managed): Promise<void> {
    switch (lack.kind) {
      case 'canister':
        return await this.#learn(lack.id);
      case 'certificate':
        return await this.#learnCertificate(lack.id);
      case 'management answer':
        return await this.#learnManaged(managed, lack.query);
    }
  }

  /** @param print - takes what the query prints. */
  #environment(managed: Managed, print: PrintPort): QueryEnvironment {
    const { subnet, rootKey, timeNs } = this.#state;
    return {
      state: { subnet, rootKey, timeNs },
      canister: (id) => {
        if (!this.#state.knows(id)) throw new Missing({ kind: 'canister', id });
        return this.#state.canister(id);
      },
      manage: ({ sender, methodName, arg }) => {
        const query = { sender, methodName, arg };
        const answer = managed.get(managedKey(query));
        if (answer === undefined) throw new Missing({ kind: 'management answer', query });
        return answer;
      },
      config: this.#options.config,
      engine: this.#options.engine,
      hasher: this.#options.hasher,
      dataCertificate: (id) => {
        const certificate = this.#freshCertificate(id);
        if (certificate === undefined) throw new Missing({ kind: 'certificate', id });
        return certificate;
      },
      print,
    };
  }

  /** Runs on what is known, and again when that was not enough. */
  async #run<T>(
    receiver: PrincipalId,
    { height: heightMin, take }: QueryNeeds,
    run: (environment: QueryEnvironment) => T,
  ): Promise<Done<T> | NoOutcome> {
    await this.#until(() => this.#state.height >= heightMin);
    // What is taken and then waits here would be held up by what comes before it goes on.
    if (receiver !== MANAGEMENT_CANISTER_ID && !this.#state.knows(receiver)) await this.#learn(receiver);
    // A canister that asked for its certificate before asks again: one run instead of two.
    if (this.#certificates.has(receiver) && this.#freshCertificate(receiver) === undefined) await this.#learnCertificate(receiver);
    if (take?.() === false) return { kind: 'taken' };
    const managed: Managed = new Map();
    for (let retry = 0; retry < RETRIES_MAX; retry++) {
      // What this run prints counts only if it is the last.
      const printed = new PrintCollector();
      try {
        const { height, timeNs } = this.#state;
        const value = run(this.#environment(managed, printed.add));
        const { collected } = printed;
        if (collected.prints.length > 0) this.#options.printed?.(collected, timeNs);
        return { kind: 'done', value, height, timeNs };
      } catch (error) {
        if (!(error instanceof Missing)) throw error;
        await this.#fetch(error.lack, managed);
      }
    }
    return { kind: 'elsewhere' };
  }

  /** Executes a query call. */
  async query(query: Query, needs: QueryNeeds): Promise<QueryOutcome> {
    const outcome = await this.#run(query.receiver, needs, (environment) => executeQuery(environment, query));
    if (outcome.kind !== 'done') return outcome;
    const { value: result, height, timeNs } = outcome;
    return { kind: 'answered', result, height, timeNs };
  }

  /** Asks a canister whether it takes an ingress message. */
  async inspect(query: Query, needs: QueryNeeds): Promise<InspectOutcome> {
    const outcome = await this.#run(query.receiver, needs, (environment) => inspectMessage(environment, query));
    return outcome.kind === 'done' ? { kind: 'inspected', error: outcome.value } : outcome;
  }
}
