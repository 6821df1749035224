/**
 * A network with universal canisters, for tests of what canisters can do.
 */
import { createHash } from 'node:crypto';
import { fromUtf8, type Hasher, principalToBytes, type PrincipalId } from '@myelin/core/base';
import type { CallResult } from '@myelin/core/execution';
import { createNetwork, type Network, type NetworkOptions } from '@myelin/network';
import { type OptionalEntryPoint, type Program, script, type Statement, universalCanister } from '@myelin/test-canisters';

export const nodeHasher: Hasher = {
  sha256: (data) => createHash('sha256').update(data).digest(),
  sha224: (data) => createHash('sha224').update(data).digest(),
};

/** A network that checks its invariants after each batch. */
export function openNetwork(options: NetworkOptions = {}): Network {
  return createNetwork({ hasher: nodeHasher, checkInvariants: true, ...options });
}

export type Universal = {
  readonly id: PrincipalId;
  readonly bytes: Uint8Array;
  readonly update: (...statements: Statement[]) => Promise<CallResult>;
  readonly query: (...statements: Statement[]) => CallResult;
  readonly composite: (...statements: Statement[]) => CallResult;
};

export async function deployUniversal(
  network: Network,
  entryPoints: readonly OptionalEntryPoint[] = [],
  install: Program = script.program(),
): Promise<Universal> {
  const id = await network.deploy(await universalCanister(entryPoints), { arg: install });
  return universal(network, id);
}

export function universal(network: Network, id: PrincipalId): Universal {
  return {
    id,
    bytes: principalToBytes(id),
    update: (...statements) => network.updateResult(id, 'update', script.program(...statements)),
    query: (...statements) => network.queryResult(id, 'query', script.program(...statements)),
    composite: (...statements) => network.queryResult(id, 'composite_query', script.program(...statements)),
  };
}

/** Text of a reply; for a reject its codes and message. */
export function textOf(result: CallResult): string {
  if (result.kind === 'reject') return `reject ${result.rejectCode} ${result.errorCode}: ${result.message}`;
  return fromUtf8(result.data) ?? `${result.data.length} bytes`;
}

/** Little-endian number of a reply. */
export function numberOf(result: CallResult): bigint {
  if (result.kind === 'reject') throw new Error(textOf(result));
  return result.data.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
