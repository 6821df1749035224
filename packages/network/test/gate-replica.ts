/**
 * Replicas of one genesis, for the gate.
 */
import { createNobleBlsSigner } from '@myelin/core/crypto';
import { forkState, type ReplicatedState } from '@myelin/core/state';
import { createV8Engine } from '@myelin/engine';
import { createGenesis, type GenesisOptions, SubnetHost } from '@myelin/network';
import { nodeHasher } from './universal-network.ts';

export const GENESIS: GenesisOptions = {
  seed: new Uint8Array(32).fill(3),
  subnetType: 'application',
  nodes: 13,
  timeNs: 1_700_000_000_000_000_000n,
  firstCanisterIndex: 0n,
};

/** A new replica, or one that goes on from a state. */
export function openHost(from?: ReplicatedState, instancesMax?: number): SubnetHost {
  const genesis = createGenesis(GENESIS, nodeHasher);
  const state = from === undefined ? genesis.state : forkState(from);
  const blsSigner = createNobleBlsSigner(genesis.blsSecretKey);
  const engine = createV8Engine(instancesMax === undefined ? {} : { instancesMax });
  return new SubnetHost({ state, config: genesis.config, engine, hasher: nodeHasher, blsSigner });
}
