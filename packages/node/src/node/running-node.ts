/**
 * The endpoints of a node in front of its replica.
 * @module
 */
import type { PrincipalId } from '@myelin/core/base';
import { createNodeVerifier, nodeBlsVerifier } from '../crypto/index.ts';
import { openHttpServer, type ReplicaPort } from '../http/index.ts';
import type { Front } from '../front/index.ts';
import { createHasher, type ReplicaOptions, type StateFigures } from '../replica/index.ts';

export type NodeOptions = ReplicaOptions & {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Version that the status endpoint and the landing page state. */
  readonly implVersion?: string;
  /** Told when the node has to stop by itself. */
  readonly onFault: (error: unknown) => void;
  /** Told of a request that was answered with 500: a mistake in this program, for the log. */
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
  const verifier = createNodeVerifier();
  const crypto = { hasher: createHasher(), verifier, verifyAside: verifier.verifyAside, bls: nodeBlsVerifier };
  const opening = openHttpServer({
    replica: front,
    crypto,
    host: options.host,
    port: options.port,
    ...(options.implVersion === undefined ? {} : { implVersion: options.implVersion }),
    ...(options.onRequestFault === undefined ? {} : { onFault: options.onRequestFault }),
  });
  const server = await opening.catch(async (error: unknown) => {
    await backing.close().catch(() => undefined);
    throw error;
  });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    try {
      await server.close();
    } finally {
      await backing.close();
    }
  };
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
