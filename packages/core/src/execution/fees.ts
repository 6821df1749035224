/**
 * What things cost, for one subnet: a price set scaled to its number of nodes.
 * @module
 */
import type { CanisterSettings, CanisterState } from '../state/index.ts';
import { canisterMemoryBytes } from './memory-usage.ts';
import { RESPONSE_BYTES_MAX } from './limits.ts';
import type { PriceSet } from './prices.ts';

const GIB = 1_073_741_824n;
const NS_PER_SECOND = 1_000_000_000n;

export type Fees = {
  readonly prices: PriceSet;
  /** Number of nodes of the subnet that pays. */
  readonly nodes: bigint;
};

function scale(fees: Fees, cycles: bigint): bigint {
  const { nodes, prices } = fees;
  return nodes === prices.referenceNodes ? cycles : (cycles * nodes) / prices.referenceNodes;
}

/** Creating a canister. */
export function creationFee(fees: Fees): bigint {
  return scale(fees, fees.prices.canisterCreation);
}

/** Executing one message of `instructions`, its base fee included. */
export function executionFee(fees: Fees, instructions: bigint, memory64: boolean): bigint {
  const rate = memory64 ? fees.prices.tenInstructions64 : fees.prices.tenInstructions32;
  return scale(fees, fees.prices.updateMessage + (instructions * rate) / 10n);
}

/** The prepayments that were computed last: each message asks for its own several times, and all of a subnet have the same two. */
let lastPrepayments: { readonly fees: Fees; readonly limit: bigint; readonly narrow: bigint; readonly wide: bigint } | undefined;

/** Set aside to execute a message that may use `instructionLimit` instructions. */
export function messagePrepayment(fees: Fees, instructionLimit: bigint, memory64: boolean): bigint {
  if (lastPrepayments?.fees !== fees || lastPrepayments.limit !== instructionLimit) {
    const narrow = executionFee(fees, instructionLimit, false);
    lastPrepayments = { fees, limit: instructionLimit, narrow, wide: executionFee(fees, instructionLimit, true) };
  }
  return memory64 ? lastPrepayments.wide : lastPrepayments.narrow;
}

/** Executing `instructions` without the base fee of a message. */
export function instructionsFee(fees: Fees, instructions: bigint, memory64: boolean): bigint {
  const rate = memory64 ? fees.prices.tenInstructions64 : fees.prices.tenInstructions32;
  return scale(fees, (instructions * rate) / 10n);
}

/** Taking an ingress message of `bytes` (method name, argument and envelope fields) into the state. */
export function ingressFee(fees: Fees, bytes: number): bigint {
  return scale(fees, fees.prices.ingressMessage + fees.prices.ingressByte * BigInt(bytes));
}

/** Sending a call with `payloadBytes`, without what is set aside for its response. */
export function callFee(fees: Fees, payloadBytes: bigint): bigint {
  return scale(fees, fees.prices.call + fees.prices.callByte * payloadBytes);
}

/** Carrying `bytes` of a response. */
export function transmissionFee(fees: Fees, bytes: number): bigint {
  return scale(fees, fees.prices.callByte * BigInt(bytes));
}

/** Set aside for the largest response. */
export function responsePrepayment(fees: Fees): bigint {
  return transmissionFee(fees, RESPONSE_BYTES_MAX);
}

/** HTTPS outcall, legacy pricing. Source: IC interface spec, "http_request". */
export function httpRequestFee(fees: Fees, requestBytes: bigint, responseBytesMax: bigint): bigint {
  const { httpRequestBase, httpRequestPerNode, httpRequestByte, httpResponseByte } = fees.prices;
  return (
    (httpRequestBase + httpRequestPerNode * fees.nodes + httpRequestByte * requestBytes + httpResponseByte * responseBytesMax) * fees.nodes
  );
}

/** Threshold signature or key derivation. */
export function thresholdSignatureFee(fees: Fees): bigint {
  return scale(fees, fees.prices.thresholdSignature);
}

/** Cycles for keeping `memoryBytes` and `computePercent` for `durationNs`, rounded down. */
export function resourceFee(fees: Fees, memoryBytes: bigint, computePercent: number, durationNs: bigint): bigint {
  if (memoryBytes === 0n && computePercent === 0) return 0n;
  const { storageGibSecond, canisterSecond, computePercentSecond } = fees.prices;
  const perSecondTimesGib =
    storageGibSecond * memoryBytes + (memoryBytes > 0n ? canisterSecond * GIB : 0n) + computePercentSecond * BigInt(computePercent) * GIB;
  return scale(fees, (perSecondTimesGib * durationNs) / (GIB * NS_PER_SECOND));
}

/** Memory that is paid for: what is used, or what is allocated if that is more. */
export function billedMemoryBytes(canister: CanisterState, usedBytes: bigint): bigint {
  return usedBytes > canister.settings.memoryAllocation ? usedBytes : canister.settings.memoryAllocation;
}

/** Cycles that the canister burns in a day by existing. */
export function idleCyclesPerDay(fees: Fees, canister: CanisterState): bigint {
  const bytes = billedMemoryBytes(canister, canisterMemoryBytes(canister));
  return resourceFee(fees, bytes, canister.settings.computeAllocation, 86_400n * NS_PER_SECOND);
}

type ThresholdCost = { readonly fees: Fees; readonly usedBytes: bigint; readonly cycles: bigint };

/** The cost that was last computed for some settings: each message asks for it several times, and memory seldom changes in between. */
const thresholdCosts = new WeakMap<CanisterSettings, ThresholdCost>();

/** What a canister burns during its freezing threshold. */
function thresholdCost(fees: Fees, canister: CanisterState, usedBytes: bigint): bigint {
  const { settings } = canister;
  const known = thresholdCosts.get(settings);
  if (known !== undefined && known.usedBytes === usedBytes && known.fees === fees) return known.cycles;
  const perDay = resourceFee(fees, billedMemoryBytes(canister, usedBytes), settings.computeAllocation, 86_400n * NS_PER_SECOND);
  const cycles = (perDay * settings.freezingThreshold) / 86_400n;
  thresholdCosts.set(settings, { fees, usedBytes, cycles });
  return cycles;
}

/**
 * Balance below which a canister is frozen: what it burns during its freezing threshold, less what is reserved for storage.
 * @param usedBytes - memory that the canister uses, in bytes.
 */
export function freezingLimit(fees: Fees, canister: CanisterState, usedBytes: bigint): bigint {
  const limit = thresholdCost(fees, canister, usedBytes);
  return limit > canister.reservedBalance ? limit - canister.reservedBalance : 0n;
}
