/**
 * A network inside the process of a test.
 *
 * @example
 * const network = createTestNetwork();
 * const counter = await network.deploy('src/counter.mo');
 * assert.equal(await counter.call('increment'), 1n);
 * @module
 */
import { basename } from 'node:path';
import { createNetwork, type Network, type NetworkOptions } from '@myelin/network';
import { encodeExactly, testCanister, type TestCanister } from './test-canister.ts';
import { loadTestModule, type NamedCanister } from './test-module.ts';

export type TestDeployOptions = {
  /** For `import "canister:NAME"` of sources that are deployed later; by default the name of the file without its ending. */
  readonly name?: string;
  /** Arguments of the installation. */
  readonly args?: readonly unknown[];
  /** Candid text of the interface, for a module that does not show one. */
  readonly candid?: string;
  /** Cycles that it starts with; by default 100 T. */
  readonly cycles?: bigint;
};

/** A network with virtual time: it stands still until it is advanced, and timers fire with the next batch. */
export type TestNetwork = {
  /** The network itself: batches, other callers, settings, certificates. */
  readonly network: Network;
  /**
   * Creates a canister and installs the code of a file: Motoko (`.mo`), or a module (`.wasm`, `.wasm.gz`).
   * @throws IcError `MOTOKO_INVALID`, `MODULE_INVALID`, `INTERFACE_MISSING`, `ARGUMENTS_INVALID`, `CALL_REJECTED`
   */
  readonly deploy: (file: string, options?: TestDeployOptions) => Promise<TestCanister>;
  /** Moves time forward and lets timers and heartbeats of that time run. */
  readonly advance: (seconds: number) => Promise<void>;
};

/** Makes an empty network. The same calls give the same answers. */
export function createTestNetwork(options: NetworkOptions = {}): TestNetwork {
  const network = createNetwork(options);
  const known = new Map<string, NamedCanister>();
  const deploy = async (file: string, { name, args = [], candid, cycles }: TestDeployOptions = {}): Promise<TestCanister> => {
    const loaded = await loadTestModule(file, candid, known);
    const current = { candid: loaded.candid, service: loaded.service };
    const arg = encodeExactly(loaded.module.initTypes ?? [], args, 'the installation');
    const id = await network.deploy(loaded.module.bytes, { arg, ...(cycles === undefined ? {} : { cycles }) });
    const canister = testCanister({
      network,
      id,
      current,
      upgrade: async (newFile, newArgs, sender) => {
        const next = await loadTestModule(newFile, candid, known);
        await network.installCode(id, next.module.bytes, {
          ...sender,
          mode: 'upgrade',
          arg: encodeExactly(next.module.initTypes ?? [], newArgs, 'the upgrade'),
          ...(next.module.keepsHeap ? { wasmMemory: 'keep' as const } : {}),
        });
        Object.assign(current, { candid: next.candid, service: next.service });
      },
    });
    known.set(name ?? basename(file).replace(/\..*$/s, ''), canister);
    return canister;
  };
  return {
    network,
    deploy,
    advance: async (seconds) => {
      network.advanceTime({ seconds });
      await network.tick();
      await network.runUntilIdle();
    },
  };
}
