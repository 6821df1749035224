/**
 * Replicas of one genesis, for the gate.
 */
import { createNobleBlsSigner } from '@myelin/core/crypto';
import { forkState } from '@myelin/core/state';
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

/** A new replica, or one that keeps the state of another and nothing else. */
export function openHost(previous?: SubnetHost, instancesMax?: number): SubnetHost {
  const genesis = createGenesis(GENESIS, nodeHasher);
  const state = previous === undefined ? genesis.state : forkState(previous.state);
  const blsSigner = createNobleBlsSigner(genesis.blsSecretKey);
  const engine = createV8Engine(instancesMax === undefined ? {} : { instancesMax });
  return new SubnetHost({ state, config: genesis.config, engine, hasher: nodeHasher, blsSigner });
}
