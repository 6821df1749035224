/**
 * Signed Ethereum transfers, for measuring the peer: EIP-1559 transactions of the development account that anvil starts with.
 *
 * Source: EIP-1559, EIP-2718; the Ethereum Yellow Paper, appendix B (RLP).
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';

/** First development key of anvil and hardhat: published, worth nothing. */
const SECRET_KEY = Buffer.from('ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80', 'hex');
const RECIPIENT = Buffer.from('70997970c51812dc3a010c7d01b50e0d17dc79c8', 'hex');
const CHAIN_ID = 31_337;
const GAS = 21_000;
const PRIORITY_FEE_PER_GAS = 1;
const FEE_PER_GAS_MAX = 10_000_000_000;
const TYPE_EIP1559 = 2;

type Rlp = Uint8Array | number | readonly Rlp[];

function bigEndian(value: number): Buffer {
  if (value === 0) return Buffer.alloc(0);
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

function withHead(offset: number, payload: Uint8Array): Buffer {
  if (payload.length < 56) return Buffer.concat([Buffer.of(offset + payload.length), payload]);
  const length = bigEndian(payload.length);
  return Buffer.concat([Buffer.of(offset + 55 + length.length), length, payload]);
}

/** Recursive length prefix. */
export function encodeRlp(value: Rlp): Buffer {
  if (typeof value === 'number') return encodeRlp(bigEndian(value));
  if (!(value instanceof Uint8Array)) return withHead(0xc0, Buffer.concat(value.map(encodeRlp)));
  const [first] = value;
  if (value.length === 1 && first !== undefined && first < 0x80) return Buffer.from(value);
  return withHead(0x80, value);
}

function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start < 0 ? new Uint8Array(0) : bytes.subarray(start);
}

/** A transfer of one wei as `eth_sendRawTransaction` takes it: `0x…`. @param nonce - number of transactions of the account before it */
export function signTransfer(nonce: number): string {
  const fields: Rlp[] = [CHAIN_ID, nonce, PRIORITY_FEE_PER_GAS, FEE_PER_GAS_MAX, GAS, RECIPIENT, 1, new Uint8Array(0), []];
  const digest = keccak_256(Buffer.concat([Buffer.of(TYPE_EIP1559), encodeRlp(fields)]));
  const signature = secp256k1.sign(digest, SECRET_KEY, { prehash: false, format: 'recovered' });
  const [parity = 0] = signature;
  const signed = [...fields, parity, withoutLeadingZeros(signature.subarray(1, 33)), withoutLeadingZeros(signature.subarray(33))];
  return `0x${Buffer.concat([Buffer.of(TYPE_EIP1559), encodeRlp(signed)]).toString('hex')}`;
}
