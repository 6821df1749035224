/**
 * Prices as dated data. A network runs under one named set; the set is part of the protocol version.
 *
 * All figures are cycles on a subnet of 13 nodes and scale with the number of nodes.
 * Source: dfinity/developer-docs, cycle-costs; dfinity/ic, subnet_config.rs and #10292.
 * @module
 */

export type PriceSet = {
  readonly name: string;
  /** The day from which the prices held on the public network. */
  readonly since: string;
  readonly referenceNodes: bigint;
  readonly canisterCreation: bigint;
  readonly updateMessage: bigint;
  /** Per 10 instructions. */
  readonly tenInstructions32: bigint;
  readonly tenInstructions64: bigint;
  readonly ingressMessage: bigint;
  readonly ingressByte: bigint;
  readonly call: bigint;
  readonly callByte: bigint;
  /** Per GiB and second. */
  readonly storageGibSecond: bigint;
  /** Per canister with memory and second. */
  readonly canisterSecond: bigint;
  /** Per percent and second. */
  readonly computePercentSecond: bigint;
  readonly thresholdSignature: bigint;
  readonly httpRequestBase: bigint;
  readonly httpRequestPerNode: bigint;
  readonly httpRequestByte: bigint;
  readonly httpResponseByte: bigint;
};

const COMMON = {
  referenceNodes: 13n,
  canisterCreation: 500_000_000_000n,
  updateMessage: 5_000_000n,
  tenInstructions32: 10n,
  tenInstructions64: 20n,
  ingressMessage: 1_200_000n,
  ingressByte: 2_000n,
  call: 260_000n,
  callByte: 1_000n,
  computePercentSecond: 10_000_000n,
  thresholdSignature: 10_000_000_000n,
  httpRequestBase: 3_000_000n,
  httpRequestPerNode: 60_000n,
  httpRequestByte: 400n,
  httpResponseByte: 800n,
} as const;

/** Every known set, oldest first. */
export const priceSets: readonly PriceSet[] = [
  { name: 'application-2025-06', since: '2025-06-01', ...COMMON, storageGibSecond: 127_000n, canisterSecond: 0n },
  { name: 'application-2026-05', since: '2026-05-22', ...COMMON, storageGibSecond: 317_500n, canisterSecond: 10_000n },
  {
    name: 'system',
    since: '2021-05-10',
    referenceNodes: 13n,
    canisterCreation: 0n,
    updateMessage: 0n,
    tenInstructions32: 0n,
    tenInstructions64: 0n,
    ingressMessage: 0n,
    ingressByte: 0n,
    call: 0n,
    callByte: 0n,
    storageGibSecond: 0n,
    canisterSecond: 0n,
    computePercentSecond: 0n,
    thresholdSignature: 10_000_000_000n,
    httpRequestBase: 0n,
    httpRequestPerNode: 0n,
    httpRequestByte: 0n,
    httpResponseByte: 0n,
  },
];

/** The set that a network uses unless told otherwise. */
export const DEFAULT_PRICE_SET = 'application-2026-05';

/** The set of that name, or undefined. */
export function priceSetByName(name: string): PriceSet | undefined {
  return priceSets.find((set) => set.name === name);
}
