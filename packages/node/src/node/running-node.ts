/**
 * The endpoints of a node in front of its replica.
 * @module
 */
import { type PrincipalId, principalToText } from '@myelin/core/base';
import { nodeVerifier, nodeBlsVerifier } from '../crypto/index.ts';
import { openHttpServer, type ReplicaPort } from '../http/index.ts';
import type { Front } from '../front/index.ts';
import { type Logger, silentLogger } from '../logging/index.ts';
import { createNodeLog } from './node-log.ts';
import { createHasher, type ReplicaOptions, type StateFigures } from '../replica/index.ts';

export type NodeOptions = ReplicaOptions & {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Version that the status endpoint and the landing page state. */
  readonly implVersion?: string;
  /** Names by which other machines may ask for metrics and the pages under `/_/`; none by default. */
  readonly operatorHosts?: readonly string[];
  /** Names that canisters of the network with this root key were deployed under. */
  readonly canisterNames?: (rootKeyDer: Uint8Array) => Promise<ReadonlyMap<PrincipalId, string>>;
  /** What the node says of itself; nothing by default. */
  readonly logger?: Logger;
  /** Told when the node has to stop by itself. */
  readonly onFault: (error: unknown) => void;
  /** Told of a request that was answered with 500: a mistake in this program. Default: the log. */
  readonly onRequestFault?: (error: unknown, where: string) => void;
};

export type RunningNode = {
  readonly replica: ReplicaPort;
  readonly url: string;
  readonly port: number;
  readonly rootKeyDer: Uint8Array;
  readonly subnetId: PrincipalId;
  /** Batches that were replayed at the start. */
  readonly replayed: number;
  /** Where the certified state stands, and how much it holds. */
  readonly stateFigures: () => Promise<StateFigures>;
  /** Finishes requests in flight and stops; the same end for whoever asks again. */
  readonly close: () => Promise<void>;
};

/** What is behind the front. */
export type Backing = { readonly replayed: number; readonly close: () => Promise<void> };

/**
 * Opens the endpoints; when that fails, what is behind them is closed.
 * @throws the system's error when the address can not be bound
 */
export async function serveNode(front: Front, backing: Backing, options: NodeOptions): Promise<RunningNode> {
  const crypto = { hasher: createHasher(), verifier: nodeVerifier, verifyAside: nodeVerifier.verifyAside, bls: nodeBlsVerifier };
  const { canisterNames } = options;
  const log = createNodeLog(options.logger ?? silentLogger);
  const opening = openHttpServer({
    replica: front,
    crypto,
    host: options.host,
    port: options.port,
    ...(options.implVersion === undefined ? {} : { implVersion: options.implVersion }),
    ...(options.operatorHosts === undefined ? {} : { operatorHosts: options.operatorHosts }),
    ...(canisterNames === undefined ? {} : { canisterNames: () => canisterNames(front.rootKeyDer) }),
    onRefused: log.refused,
    onFault: options.onRequestFault ?? log.requestFault,
  });
  const server = await opening.catch(async (error: unknown) => {
    await backing.close().catch(() => undefined);
    throw error;
  });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    log.stopping();
    try {
      await server.close();
    } finally {
      await backing.close();
    }
    log.stopped();
  };
  log.ready({
    version: options.implVersion,
    host: options.host,
    port: server.port,
    subnet: principalToText(front.subnetId),
    replayed: backing.replayed,
    pid: process.pid,
  });
  return {
    replica: front,
    url: `http://${options.host}:${server.port}`,
    port: server.port,
    rootKeyDer: front.rootKeyDer,
    subnetId: front.subnetId,
    replayed: backing.replayed,
    stateFigures: () => front.stateFigures(),
    close: () => (closing ??= close()),
  };
}
