/**
 * The full check of the invariants that a replica makes at intervals.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AssertionFault } from '@myelin/core/base';
import { PROTOCOL_VERSION } from '@myelin/core/execution';
import type { SubnetHost } from '@myelin/network';
import { openHost } from './gate-replica.ts';

async function runTo(host: SubnetHost, height: bigint): Promise<void> {
  while (host.state.height < height) {
    const { state } = host;
    const randomness = new Uint8Array(32);
    const batch = { height: state.height + 1n, timeNs: state.timeNs + 1n, protocolVersion: PROTOCOL_VERSION, randomness, ingress: [] };
    await host.runBatch({ ...batch, heartbeat: false });
  }
}

describe('the full check', () => {
  it('finds nothing in a sound state, and stops the replica when something does not add up', async () => {
    const host = openHost();
    await runTo(host, 2_000n);
    host.state.memoryBytes += 1n;
    await runTo(host, 2_047n);
    await assert.rejects(runTo(host, 2_048n), (error) => error instanceof AssertionFault && error.message.startsWith('M1'));
  });
});
