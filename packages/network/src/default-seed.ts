/**
 * The seed of networks that are given none, and the public keys that follow from it.
 *
 * The seed is published: whoever trusts such a network trusts everybody. The keys are written down because computing them would be
 * more than half of the time that a network takes to create.
 * @module
 */
import { fromHex } from '@myelin/core/base';

/** 32 bytes. */
export const DEFAULT_SEED: Uint8Array = new Uint8Array(32).fill(7);

/** Compressed point of G2, 96 bytes: the public key of subnet 0 of a network with that seed. */
export const DEFAULT_BLS_PUBLIC_KEY: Uint8Array = fromHex(
  '91c1efe10e159696d3716251160555a207972f110a78d3581e6af17e423d955f06611315be0e4a5c6363ea1af4e6ee9d' +
    '0798ce7c185e9a4a0c553cbb11f26e753fdb73c0fa585481f0370c1bc626bd388168665eb4ddec1848f2e73f70f3d7b1',
);

/** The 32 bytes of the Ed25519 public key of node 0 of a network with that seed. */
export const DEFAULT_NODE_PUBLIC_KEY: Uint8Array = fromHex('930df284204545585fdf443158f85cea4c0dde7961c6c024889d568e97dcad40');
