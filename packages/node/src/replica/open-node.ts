/**
 * Composition root of a node: configuration to a running replica with its endpoints.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { rm } from 'node:fs/promises';
import type { Hasher, PrincipalId } from '@myelin/core/base';
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
import { createNodeEd25519Signer, createNodeVerifier, loadBls, nodeBlsVerifier } from '../crypto/index.ts';
import { openHttpServer } from '../http/index.ts';
import { Checkpointer, type CheckpointLimits } from './checkpointer.ts';
import { createNetworkClock } from './network-clock.ts';
import { createHasher, openSubnetHost } from './open-host.ts';
import { recover } from './recover.ts';
import { Replica } from './replica.ts';
import { openGenesis } from './state-directory.ts';

export type NodeOptions = {
  /** Where the network lives; undefined keeps it in memory only. */
  readonly stateDirectory: string | undefined;
  /** Forget what the directory holds. */
  readonly clean?: boolean;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Version that the status endpoint and the landing page state. */
  readonly implVersion?: string;
  /** When checkpoints are taken; a matter of how long a start after a crash takes. */
  readonly checkpoints?: Partial<CheckpointLimits>;
  /** Told when the node has to stop by itself. */
  readonly onFault: (error: unknown) => void;
  /** Told of a request that was answered with 500: a mistake in this program, for the log. */
  readonly onRequestFault?: (error: unknown, where: string) => void;
};

export type RunningNode = {
  readonly replica: Replica;
  readonly host: SubnetHost;
  readonly url: string;
  readonly port: number;
  readonly rootKeyDer: Uint8Array;
  readonly subnetId: PrincipalId;
  /** Batches that were replayed at the start. */
  readonly replayed: number;
  /** Finishes requests in flight and stops. */
  readonly close: () => Promise<void>;
};

function after(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}

function memoryGenesis(nowNs: bigint): GenesisOptions {
  return { seed: randomBytes(32), subnetType: 'application', nodes: 13, timeNs: nowNs, firstCanisterIndex: 0n };
}

/** A replica with what keeps its state. */
type Kept = {
  readonly host: SubnetHost;
  readonly log: InputLog;
  readonly replayed: number;
  readonly checkpointer: Checkpointer | undefined;
  /** Keeps what is left and closes the files. */
  readonly close: () => Promise<void>;
};

async function openKept(genesis: Genesis, hasher: Hasher, { stateDirectory, checkpoints, onFault }: NodeOptions): Promise<Kept> {
  const openHost = (state: ReplicatedState): SubnetHost => openSubnetHost(state, genesis, hasher);
  if (stateDirectory === undefined) {
    const host = openHost(genesis.state);
    return { host, log: memoryInputLog, replayed: 0, checkpointer: undefined, close: () => Promise.resolve() };
  }
  const { host, log, store, recorder, replayed } = await recover(stateDirectory, genesis, openHost);
  const limits = checkpoints === undefined ? {} : { limits: checkpoints };
  const checkpointer = new Checkpointer({ host, log, store, recorder, onFault, ...limits });
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
  return { host, log, replayed, checkpointer, close };
}

/** Starts a node. Resolves when it answers requests; what it has opened is closed when it fails before. */
export async function openNode(options: NodeOptions): Promise<RunningNode> {
  const opened = new AsyncDisposableStack();
  try {
    return await compose(options, opened);
  } catch (error) {
    // Why it can not start says more than what closing it may add.
    await opened.disposeAsync().catch(() => undefined);
    throw error;
  }
}

/** @param opened - takes what has to be closed, in the order in which it was opened. */
async function compose(options: NodeOptions, opened: AsyncDisposableStack): Promise<RunningNode> {
  const { stateDirectory } = options;
  if (stateDirectory !== undefined && options.clean === true) await rm(stateDirectory, { recursive: true, force: true });
  const startNs = createNetworkClock(0n)();
  const genesisOptions = stateDirectory === undefined ? memoryGenesis(startNs) : await openGenesis(stateDirectory, startNs);
  const hasher = createHasher();
  const genesis = createGenesis(genesisOptions, hasher);
  const blsLoaded = loadBls();
  blsLoaded.catch(() => undefined);
  const { host, log, replayed, checkpointer, close: closeKept } = await openKept(genesis, hasher, options);
  opened.defer(closeKept);
  const nowNs = createNetworkClock(host.state.timeNs);
  const ordering = new SoloSequencer({
    log,
    nowNs,
    randomness: () => randomBytes(32),
    after,
    nextTurn: setImmediate,
    onFault: options.onFault,
  });
  const replica = new Replica({
    host,
    ordering,
    hasher,
    nodeSigner: createNodeEd25519Signer(genesis.nodeSeed),
    nodeId: genesis.nodeId,
    rootKeyDer: genesis.rootKeyDer,
    nowNs,
    afterBatch: () => checkpointer?.afterBatch(),
  });
  replica.start();
  opened.defer(() => replica.stop());
  // The first batch stamps the state with the present: certificates of an older time are refused by clients.
  await ordering.seal();
  await blsLoaded;
  const verifier = createNodeVerifier();
  const crypto = { hasher, verifier, verifyAside: verifier.verifyAside, bls: nodeBlsVerifier };
  const server = await openHttpServer({
    replica,
    crypto,
    host: options.host,
    port: options.port,
    ...(options.implVersion === undefined ? {} : { implVersion: options.implVersion }),
    ...(options.onRequestFault === undefined ? {} : { onFault: options.onRequestFault }),
  });
  opened.defer(() => server.close());
  return {
    replica,
    host,
    url: `http://${options.host}:${server.port}`,
    port: server.port,
    rootKeyDer: genesis.rootKeyDer,
    subnetId: replica.subnetId,
    replayed,
    close: () => opened.disposeAsync(),
  };
}
