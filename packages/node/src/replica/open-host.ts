/**
 * The replica of a node: the state, on V8, with the node's own hashing and signing.
 * @module
 */
import type { Hasher } from '@myelin/core/base';
import type { ReplicatedState } from '@myelin/core/state';
import { combineHashers, createV8Engine, createWasmHasher } from '@myelin/engine';
import { type Genesis, SubnetHost } from '@myelin/network';
import { createNodeBlsSigner, nodeHasher } from '../crypto/index.ts';
import { inBaseline } from './baseline-code.ts';

/** Inputs of at least this many bytes are hashed natively: below, the call costs more than it saves. */
const NATIVE_HASH_BYTES_MIN = 350;

export function createHasher(): Hasher {
  return combineHashers(createWasmHasher(), nodeHasher, NATIVE_HASH_BYTES_MIN);
}

export function openSubnetHost(state: ReplicatedState, genesis: Genesis, hasher: Hasher): SubnetHost {
  const blsSigner = createNodeBlsSigner(genesis.blsSecretKey);
  const engine = createV8Engine({ inBaseline, sharePages: true });
  return new SubnetHost({ state, config: genesis.config, engine, hasher, blsSigner });
}
