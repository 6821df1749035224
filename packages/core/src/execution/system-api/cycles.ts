/**
 * Cycles of the running message: balance, acceptance, refunds, burning, prices.
 * Source: IC interface spec, "Cycles", "Cycle cost calculation".
 * @module
 */
import { fromUtf8 } from '../../base/index.ts';
import { callFee, creationFee, httpRequestFee, responsePrepayment, thresholdSignatureFee } from '../fees.ts';
import { CYCLES_MAX } from '../limits.ts';
import { contractViolation, heapOutOfBounds } from '../traps.ts';
import type { ApiState } from './api-state.ts';

const U64_MAX = (1n << 64n) - 1n;

/** The 128-bit number of two 64-bit halves. */
export function combineCycles(high: bigint, low: bigint): bigint {
  return (high << 64n) | low;
}

function fit64(amount: bigint, name: string, other: string): bigint {
  if (amount > U64_MAX) throw contractViolation(`${name}: ${amount} cycles do not fit into 64 bits; use ${other}`);
  return amount;
}

export function canister_cycle_balance(this: ApiState): bigint {
  return fit64(this.balance, 'ic0.canister_cycle_balance', 'ic0.canister_cycle_balance128');
}

export function canister_cycle_balance128(this: ApiState, destination: number): void {
  this.writeCycles(destination, this.balance);
}

export function canister_liquid_cycle_balance128(this: ApiState, destination: number): void {
  this.writeCycles(destination, this.liquidBalance);
}

export function msg_cycles_available(this: ApiState): bigint {
  return fit64(this.cyclesAvailable, 'ic0.msg_cycles_available', 'ic0.msg_cycles_available128');
}

export function msg_cycles_available128(this: ApiState, destination: number): void {
  this.writeCycles(destination, this.cyclesAvailable);
}

export function msg_cycles_refunded(this: ApiState): bigint {
  return fit64(this.context.cyclesRefunded, 'ic0.msg_cycles_refunded', 'ic0.msg_cycles_refunded128');
}

export function msg_cycles_refunded128(this: ApiState, destination: number): void {
  this.writeCycles(destination, this.context.cyclesRefunded);
}

function accept(api: ApiState, most: bigint): bigint {
  let amount = most < api.cyclesAvailable ? most : api.cyclesAvailable;
  const room = CYCLES_MAX - api.balance;
  if (amount > room) amount = room > 0n ? room : 0n;
  api.cyclesAvailable -= amount;
  api.balance += amount;
  api.accepted += amount;
  return amount;
}

export function msg_cycles_accept(this: ApiState, most: bigint): bigint {
  return accept(this, most);
}

export function msg_cycles_accept128(this: ApiState, high: bigint, low: bigint, destination: number): void {
  this.writeCycles(destination, accept(this, combineCycles(high, low)));
}

export function cycles_burn128(this: ApiState, high: bigint, low: bigint, destination: number): void {
  const wanted = combineCycles(high, low);
  const liquid = this.liquidBalance;
  const amount = wanted < liquid ? wanted : liquid;
  this.balance -= amount;
  this.burned += amount;
  this.writeCycles(destination, amount);
}

export function cost_call(this: ApiState, methodNameSize: bigint, payloadSize: bigint, destination: number): void {
  const { fees, callbackPrepayment } = this.context;
  this.writeCycles(destination, callFee(fees, methodNameSize + payloadSize) + responsePrepayment(fees) + callbackPrepayment);
}

export function cost_create_canister(this: ApiState, destination: number): void {
  this.writeCycles(destination, creationFee(this.context.fees));
}

export function cost_http_request(this: ApiState, requestSize: bigint, responseBytesMax: bigint, destination: number): void {
  this.writeCycles(destination, httpRequestFee(this.context.fees, requestSize, responseBytesMax));
}

const COST_OK = 0;
const COST_INVALID_CURVE = 1;
const COST_INVALID_KEY = 2;
/** Bytes of a 128-bit amount. */
const AMOUNT_BYTES = 16;
/** Names of the keys that a network may hold. */
const KEY_NAMES: ReadonlySet<string> = new Set(['dfx_test_key', 'test_key_1', 'key_1']);
/** A longer name is that of no key; it is not even read. */
const KEY_NAME_BYTES_MAX = 64;

function signatureCost(api: ApiState, source: number, size: number, algorithm: number, algorithms: number, destination: number): number {
  if (!api.instance.contains(source, size) || !api.instance.contains(destination, AMOUNT_BYTES)) throw heapOutOfBounds();
  const name = size > KEY_NAME_BYTES_MAX ? undefined : fromUtf8(api.instance.read(source, size));
  if (algorithm >= algorithms) return COST_INVALID_CURVE;
  if (name === undefined || !KEY_NAMES.has(name)) return COST_INVALID_KEY;
  api.writeCycles(destination, thresholdSignatureFee(api.context.fees));
  return COST_OK;
}

export function cost_sign_with_ecdsa(this: ApiState, source: number, size: number, curve: number, destination: number): number {
  return signatureCost(this, source, size, curve, 1, destination);
}

export function cost_sign_with_schnorr(this: ApiState, source: number, size: number, algorithm: number, destination: number): number {
  return signatureCost(this, source, size, algorithm, 2, destination);
}

export function cost_vetkd_derive_key(this: ApiState, source: number, size: number, curve: number, destination: number): number {
  return signatureCost(this, source, size, curve, 1, destination);
}
