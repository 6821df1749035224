/**
 * A replica with what keeps its state: ordering, input log, checkpoints.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { Hasher } from '@myelin/core/base';
import type { ReplicatedState } from '@myelin/core/state';
import {
  createGenesis,
  type Genesis,
  type GenesisOptions,
  type InputLog,
  memoryInputLog,
  SoloSequencer,
  type SubnetHost,
} from '@myelin/network';
import { loadBls } from '../crypto/index.ts';
import { CHECKPOINT_LIMITS_DEFAULT, Checkpointer, type CheckpointLimits } from './checkpointer.ts';
import { createNetworkClock } from './network-clock.ts';
import { createHasher, openSubnetHost } from './open-host.ts';
import type { NodeIdentity } from './ports.ts';
import type { ModuleBuilder } from './prebuild.ts';
import { recover } from './recover.ts';
import type { ReplicaEvent } from './events.ts';
import { type KeptFigures, Replica } from './replica.ts';
import { forgetNetwork, openGenesis } from './state-directory.ts';

/** What a replica is opened with; plain data. */
export type ReplicaOptions = {
  /** Where the network lives; undefined keeps it in memory only. */
  readonly stateDirectory: string | undefined;
  /** Forget what the directory holds; refused while another node runs it. */
  readonly clean?: boolean;
  /** When checkpoints are taken; a matter of how long a start after a crash takes. */
  readonly checkpoints?: Partial<CheckpointLimits>;
};

/** What is around the replica. */
export type ReplicaSurroundings = {
  /** Told when the replica has to stop by itself. */
  readonly onFault: (error: unknown) => void;
  readonly builder?: ModuleBuilder;
  /** Certificates are signed elsewhere: the library for it, tens of megabytes, is loaded only when one has to be signed here all the same. */
  readonly signsElsewhere?: boolean;
  /** Told of what the operator may want to know. */
  readonly onEvent?: (event: ReplicaEvent) => void;
  /** Told when a newer state is certified. */
  readonly published?: (host: SubnetHost) => void;
};

export type OpenReplica = {
  readonly replica: Replica;
  readonly host: SubnetHost;
  readonly identity: NodeIdentity;
  /** Batches that were run again at the start. */
  readonly replayed: number;
  /** Finishes the running batch, takes a last checkpoint and closes the files. */
  readonly close: () => Promise<void>;
};

function after(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}

function memoryGenesis(nowNs: bigint): GenesisOptions {
  return { seed: randomBytes(32), subnetType: 'application', nodes: 13, timeNs: nowNs, firstCanisterIndex: 0n };
}

/** A state with what keeps it. */
type Kept = {
  readonly host: SubnetHost;
  readonly log: InputLog;
  readonly replayed: number;
  readonly checkpointer: Checkpointer | undefined;
  readonly figures: KeptFigures | undefined;
  /** Keeps what is left and closes the files. */
  readonly close: () => Promise<void>;
};

/** Bytes left on the disk of a directory; undefined where that can not be said. */
function freeBytes(directory: string): Promise<number | undefined> {
  return statfs(directory).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );
}

async function openKept(
  genesis: Genesis,
  hasher: Hasher,
  { stateDirectory, checkpoints }: ReplicaOptions,
  { onFault, onEvent }: ReplicaSurroundings,
): Promise<Kept> {
  const openHost = (state: ReplicatedState): SubnetHost => openSubnetHost(state, genesis, hasher);
  if (stateDirectory === undefined) {
    const host = openHost(genesis.state);
    return { host, log: memoryInputLog, replayed: 0, checkpointer: undefined, figures: undefined, close: () => Promise.resolve() };
  }
  const startedMs = performance.now();
  const { residentBytesMax = CHECKPOINT_LIMITS_DEFAULT.residentBytesMax } = checkpoints ?? {};
  const { host, log, store, recorder, keeper, modules, replayed } = await recover(stateDirectory, genesis, openHost, { residentBytesMax });
  const tookMs = performance.now() - startedMs;
  onEvent?.({ kind: 'recovered', height: Number(host.state.height), checkpointHeight: Number(store.mark?.height ?? 0n), replayed, tookMs });
  const onTaken = (height: bigint, durationMs: number): void =>
    onEvent?.({ kind: 'checkpoint', height: Number(height), tookMs: durationMs });
  const limits = checkpoints === undefined ? {} : { limits: checkpoints };
  const checkpointer = new Checkpointer({ host, log, store, recorder, keeper, modules, onFault, onTaken, ...limits });
  const close = async (): Promise<void> => {
    try {
      await checkpointer.close();
    } finally {
      try {
        await log.close();
      } finally {
        await store.close();
      }
    }
  };
  const figures: KeptFigures = {
    checkpoints: () => checkpointer.figures(),
    log: async () => ({ bytes: log.bytes, freeBytes: await freeBytes(stateDirectory) }),
  };
  return { host, log, replayed, checkpointer, figures, close };
}

/** Opens a replica. Resolves when its certified state is of the present; what it has opened is closed when it fails before. */
export async function openReplica(options: ReplicaOptions, surroundings: ReplicaSurroundings): Promise<OpenReplica> {
  const opened = new AsyncDisposableStack();
  try {
    return await compose(options, surroundings, opened);
  } catch (error) {
    // Why it can not start says more than what closing it may add.
    await opened.disposeAsync().catch(() => undefined);
    throw error;
  }
}

/** @param opened - takes what has to be closed, in the order in which it was opened. */
async function compose(options: ReplicaOptions, surroundings: ReplicaSurroundings, opened: AsyncDisposableStack): Promise<OpenReplica> {
  const { stateDirectory } = options;
  const { builder, published, onFault, onEvent } = surroundings;
  if (stateDirectory !== undefined && options.clean === true) await forgetNetwork(stateDirectory);
  const startNs = createNetworkClock(0n)();
  const onLeftover = (why: string): void => onEvent?.({ kind: 'leftover', why });
  const genesisOptions = stateDirectory === undefined ? memoryGenesis(startNs) : await openGenesis(stateDirectory, startNs, onLeftover);
  const hasher = createHasher();
  const genesis = createGenesis(genesisOptions, hasher);
  const blsLoaded = surroundings.signsElsewhere === true ? Promise.resolve() : loadBls();
  blsLoaded.catch(() => undefined);
  const { host, log, replayed, checkpointer, figures, close: closeKept } = await openKept(genesis, hasher, options, surroundings);
  opened.defer(closeKept);
  const nowNs = createNetworkClock(host.state.timeNs);
  const ordering = new SoloSequencer({ log, nowNs, randomness: () => randomBytes(32), after, nextTurn: setImmediate, onFault });
  const replica = new Replica({
    host,
    ordering,
    nowNs,
    afterBatch: () => {
      published?.(host);
      checkpointer?.afterBatch();
    },
    ...(builder === undefined ? {} : { builder }),
    ...(figures === undefined ? {} : { kept: figures }),
    onSlowBatch: (slow) => onEvent?.({ kind: 'slow-batch', batch: slow }),
  });
  replica.start();
  opened.defer(() => replica.stop());
  // The first batch stamps the state with the present: certificates of an older time are refused by clients.
  await ordering.seal();
  await blsLoaded;
  const { blsSecretKey, nodeSeed, nodeId, rootKeyDer, config } = genesis;
  const identity: NodeIdentity = { subnet: host.state.subnet, rootKeyDer, nodeId, nodeSeed, blsSecretKey, config };
  return { replica, host, identity, replayed, close: () => opened.disposeAsync() };
}
