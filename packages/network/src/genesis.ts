/**
 * The first state of a network of one subnet: keys, ids and ranges, all from one seed.
 * @module
 */
import {
  type Hasher,
  concatBytes,
  canisterIdOfIndex,
  equalBytes,
  selfAuthenticatingPrincipal,
  utf8,
  type PrincipalId,
} from '@myelin/core/base';
import { blsPublicKeyToDer, type BlsSigner } from '@myelin/core/certification';
import { blsSecretKeyFromSeed, createEd25519Signer, createNobleBlsSigner, type MessageSigner } from '@myelin/core/crypto';
import { createExecutionConfig, type ExecutionConfig, PROTOCOL_VERSION } from '@myelin/core/execution';
import { DEFAULT_NODE_PUBLIC_KEY, DEFAULT_SEED } from './default-seed.ts';
import { createReplicatedState, type ReplicatedState, type SubnetRecord, type SubnetType } from '@myelin/core/state';

/** What a network is made of. Every field is part of its identity: the same values give the same ids, keys and first state. */
export type GenesisOptions = {
  /** 32 bytes; who knows them can sign for the network. */
  readonly seed: Uint8Array;
  readonly subnetType: SubnetType;
  /** Nodes that prices are computed for. */
  readonly nodes: number;
  /** Name of a price set; by default the current one of the subnet type. */
  readonly priceSet?: string;
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** Index of the first canister id. */
  readonly firstCanisterIndex: bigint;
  readonly ingressHistoryMax?: number;
};

/** Canister ids of one subnet: 2^20 indexes. */
const RANGE_SIZE = 1_048_576n;

export type Genesis = {
  readonly state: ReplicatedState;
  readonly config: ExecutionConfig;
  readonly blsSecretKey: Uint8Array;
  /** Ed25519 seed of the node's key. */
  readonly nodeSeed: Uint8Array;
  readonly nodeSigner: MessageSigner;
  readonly nodeId: PrincipalId;
  readonly rootKeyDer: Uint8Array;
};

/** Builds a signer from a secret key: by default pure JavaScript, a node passes a faster one. */
export type BlsSignerFactory = (secretKey: Uint8Array) => BlsSigner;

export function createGenesis(options: GenesisOptions, hasher: Hasher, createBlsSigner: BlsSignerFactory = createNobleBlsSigner): Genesis {
  const blsSecretKey = blsSecretKeyFromSeed(options.seed, utf8('subnet 0'));
  const rootKeyDer = blsPublicKeyToDer(createBlsSigner(blsSecretKey).publicKey);
  const nodeSeed = hasher.sha256(concatBytes(utf8('node 0'), options.seed));
  const nodeSigner = createEd25519Signer(nodeSeed, equalBytes(options.seed, DEFAULT_SEED) ? DEFAULT_NODE_PUBLIC_KEY : undefined);
  const nodeId = selfAuthenticatingPrincipal(nodeSigner.publicKeyDer, hasher);
  const first = options.firstCanisterIndex;
  const subnet: SubnetRecord = {
    id: selfAuthenticatingPrincipal(rootKeyDer, hasher),
    type: options.subnetType,
    publicKey: rootKeyDer,
    nodes: [{ id: nodeId, publicKey: nodeSigner.publicKeyDer }],
    ranges: [{ first: canisterIdOfIndex(first), last: canisterIdOfIndex(first + RANGE_SIZE - 1n) }],
  };
  const state = createReplicatedState({
    subnet,
    network: [subnet],
    rootKey: rootKeyDer,
    timeNs: options.timeNs,
    protocolVersion: PROTOCOL_VERSION,
    firstCanisterIndex: first,
  });
  const config = createExecutionConfig({
    subnetType: options.subnetType,
    nodes: options.nodes,
    ...(options.priceSet === undefined ? {} : { priceSet: options.priceSet }),
    ...(options.ingressHistoryMax === undefined ? {} : { ingressHistoryMax: options.ingressHistoryMax }),
  });
  return { state, config, blsSecretKey, nodeSeed, nodeSigner, nodeId, rootKeyDer };
}
