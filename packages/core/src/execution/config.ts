/**
 * What a protocol version fixes: limits, prices, semantics. The same for all nodes of a subnet.
 * @module
 */
import { assert } from '../base/index.ts';
import type { SubnetType } from '../state/index.ts';
import type { Fees } from './fees.ts';
import { APPLICATION_INSTRUCTIONS, type InstructionLimits, SYSTEM_INSTRUCTIONS } from './limits.ts';
import { DEFAULT_PRICE_SET, priceSetByName } from './prices.ts';

/** Version of semantics, instruction weights, prices and rewriting. Recorded with each batch. */
export const PROTOCOL_VERSION = 1;

export type ExecutionConfig = {
  readonly protocolVersion: number;
  readonly fees: Fees;
  readonly instructions: InstructionLimits;
  /** Requests whose status is remembered at most. */
  readonly ingressHistoryMax: number;
  /** Bytes of replies that are remembered at most. */
  readonly ingressHistoryBytesMax: number;
  /** Whether provisional_* methods of the management canister are offered. */
  readonly provisional: boolean;
};

export type ExecutionConfigOptions = {
  readonly subnetType: SubnetType;
  /** Number of nodes that prices are computed for. */
  readonly nodes: number;
  readonly priceSet?: string;
  readonly ingressHistoryMax?: number;
  readonly provisional?: boolean;
};

const INGRESS_HISTORY_MAX_DEFAULT = 1_000_000;
const INGRESS_HISTORY_BYTES_MAX_DEFAULT: number = 4 * 1024 * 1024 * 1024;

export function createExecutionConfig(options: ExecutionConfigOptions): ExecutionConfig {
  const name = options.priceSet ?? (options.subnetType === 'system' ? 'system' : DEFAULT_PRICE_SET);
  const prices = priceSetByName(name);
  assert(prices !== undefined, `a price set named ${name} exists`);
  assert(Number.isSafeInteger(options.nodes) && options.nodes > 0, 'a subnet has at least one node');
  return {
    protocolVersion: PROTOCOL_VERSION,
    fees: { prices, nodes: BigInt(options.nodes) },
    instructions: options.subnetType === 'system' ? SYSTEM_INSTRUCTIONS : APPLICATION_INSTRUCTIONS,
    ingressHistoryMax: options.ingressHistoryMax ?? INGRESS_HISTORY_MAX_DEFAULT,
    ingressHistoryBytesMax: INGRESS_HISTORY_BYTES_MAX_DEFAULT,
    provisional: options.provisional ?? true,
  };
}
