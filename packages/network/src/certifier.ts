/**
 * Certificates of one state: root hash, signature and witnesses, each made when first asked for.
 * @module
 */
import { encodeHashTree, type BlsSigner, sealCertificate, stateRootMessage, type UnsignedCertificate } from '@myelin/core/certification';
import { principalToBytes, utf8, type PrincipalId } from '@myelin/core/base';
import {
  buildWitness,
  canonicalStateTree,
  fullDigest,
  hashCanonicalStateInSteps,
  type ReplicatedState,
  stateDelta,
  stateDeltaInSteps,
  type TreeHasher,
} from '@myelin/core/state';

type StateTree = ReturnType<typeof canonicalStateTree>;

/** Label path into the state tree. */
export type StatePath = readonly Uint8Array[];

/** What proves the certified data of a canister. */
export function dataPaths(canister: PrincipalId): readonly StatePath[] {
  return [[utf8('canister'), principalToBytes(canister), utf8('certified_data')]];
}

/** What proves the status of a request. */
export function requestPaths(requestId: Uint8Array): readonly StatePath[] {
  return [[utf8('request_status'), requestId]];
}

/** A state that is not changed any more, with what proves its contents. */
export class CertifiedState {
  readonly state: ReplicatedState;
  readonly #treeHasher: TreeHasher;
  readonly #signer: BlsSigner;
  #tree: StateTree | undefined;
  #signature: Uint8Array | undefined;

  constructor(state: ReplicatedState, treeHasher: TreeHasher, signer: BlsSigner) {
    this.state = state;
    this.#treeHasher = treeHasher;
    this.#signer = signer;
  }

  get #stateTree(): StateTree {
    return (this.#tree ??= canonicalStateTree(this.state, this.#treeHasher));
  }

  /** Root hash of the canonical state tree (rho). */
  get rootHash(): Uint8Array {
    return this.#stateTree.hash();
  }

  /** BLS signature on the root hash. */
  get signature(): Uint8Array {
    return (this.#signature ??= this.#signer.sign(stateRootMessage(this.rootHash)));
  }

  /** sha256(rho || delta): equal on all replicas that ran the same batches. */
  digest(): Uint8Array {
    return fullDigest(this.rootHash, stateDelta(this.state, this.#treeHasher), this.#treeHasher.hasher);
  }

  /** What a certificate is made of that reveals the paths, and the time: whoever holds the key can sign it elsewhere. */
  proof(paths: readonly StatePath[]): UnsignedCertificate {
    return { rootHash: this.rootHash, tree: encodeHashTree(buildWitness(this.#stateTree, [[utf8('time')], ...paths])) };
  }

  /** Does what `digest` would have to, with a pause every few milliseconds; the digest itself is then made in no time. */
  *digestInSteps(): Generator<void, void, undefined> {
    yield* hashCanonicalStateInSteps(this.state, this.#treeHasher);
    yield* stateDeltaInSteps(this.state, this.#treeHasher);
  }

  /** CBOR certificate that reveals the paths, and the time. */
  certificate(paths: readonly StatePath[]): Uint8Array {
    return sealCertificate(this.proof(paths), this.signature);
  }

  /** Certificate with the certified data of a canister, as its queries see it. */
  dataCertificate(canister: PrincipalId): Uint8Array {
    return this.certificate(dataPaths(canister));
  }

  /** Certificate with the status of a request. */
  requestCertificate(requestId: Uint8Array): Uint8Array {
    return this.certificate(requestPaths(requestId));
  }
}
