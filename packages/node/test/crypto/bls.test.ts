import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import fc from 'fast-check';
import { concatBytes, fromHex, toHex, utf8 } from '@myelin/core/base';
import { blsSecretKeyFromSeed, createNobleBlsSigner, nobleBlsVerifier } from '@myelin/core/crypto';
import { createNodeBlsSigner, loadBls, nodeBlsVerifier } from '../../src/crypto/index.ts';

const message = utf8('message');
const secret = blsSecretKeyFromSeed(new Uint8Array(32).fill(5));
const signer = createNobleBlsSigner(secret);
const { publicKey } = signer;
const signature = signer.sign(message);

/** Both verifiers' answer, which must be the same. */
function verifyBoth(key: Uint8Array, text: Uint8Array, sig: Uint8Array): boolean {
  const noble = nobleBlsVerifier.verifyBls(key, text, sig);
  assert.equal(nodeBlsVerifier.verifyBls(key, text, sig), noble, `${toHex(key)} ${toHex(text)} ${toHex(sig)}`);
  return noble;
}

describe('BLS keys', () => {
  it('come from seeds as the draft says (vector of EIP-2333, master key)', () => {
    const seed = fromHex(
      'c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04',
    );
    assert.equal(
      BigInt(`0x${toHex(blsSecretKeyFromSeed(seed))}`),
      6083874454709270928345386274498605044986640685124978867557563392430687146096n,
    );
  });
  it('differ by key info', () => {
    const seed = new Uint8Array(32);
    assert.notDeepEqual(blsSecretKeyFromSeed(seed, utf8('a')), blsSecretKeyFromSeed(seed, utf8('b')));
  });
});

describe('BLS before and after mcl is loaded', () => {
  it('answers at once, then faster, with the same bytes', async () => {
    const fast = createNodeBlsSigner(secret);
    assert.deepEqual(fast.publicKey, publicKey);
    assert.deepEqual(fast.sign(message), signature);
    assert.equal(nodeBlsVerifier.verifyBls(publicKey, message, signature), true);
    await loadBls();
    assert.deepEqual(fast.sign(message), signature);
    assert.equal(verifyBoth(publicKey, message, signature), true);
  });
});

describe('both BLS implementations agree', () => {
  it('on signatures of random messages by random keys', async () => {
    await loadBls();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 40 }), fc.uint8Array({ maxLength: 100 }), (seed, text) => {
        const key = blsSecretKeyFromSeed(seed);
        const slow = createNobleBlsSigner(key);
        const sig = createNodeBlsSigner(key).sign(text);
        assert.deepEqual(sig, slow.sign(text));
        assert.equal(verifyBoth(slow.publicKey, text, sig), true);
        assert.equal(verifyBoth(slow.publicKey, concatBytes(text, Uint8Array.of(0)), sig), false);
        assert.equal(verifyBoth(publicKey, text, sig), false);
      }),
      { numRuns: 8 },
    );
  });

  it('on changed keys and signatures', async () => {
    await loadBls();
    fc.assert(
      fc.property(fc.nat(143), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const joined = concatBytes(publicKey, signature);
        joined[index]! ^= change;
        assert.equal(verifyBoth(joined.subarray(0, 96), message, joined.subarray(96)), false);
      }),
      { numRuns: 40 },
    );
  });

  it('on random bytes', async () => {
    await loadBls();
    const point = (length: number) =>
      fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => bytes.with(0, (bytes[0]! & 0x3f) | 0x80));
    fc.assert(fc.property(point(96), point(48), (key, sig) => void assert.equal(verifyBoth(key, message, sig), false)));
    fc.assert(fc.property(point(48), (sig) => void assert.equal(verifyBoth(publicKey, message, sig), false)));
    fc.assert(fc.property(point(96), (key) => void assert.equal(verifyBoth(key, message, signature), false)));
    fc.assert(fc.property(fc.uint8Array(), fc.uint8Array(), (key, sig) => void assert.equal(verifyBoth(key, message, sig), false)));
  });

  it('on the point at infinity', async () => {
    await loadBls();
    const infinity = (length: number) => new Uint8Array(length).with(0, 0xc0);
    assert.equal(verifyBoth(infinity(96), message, infinity(48)), false);
    assert.equal(verifyBoth(publicKey, message, infinity(48)), false);
    assert.equal(verifyBoth(infinity(96), message, signature), false);
    assert.equal(verifyBoth(new Uint8Array(96).with(0, 0x80), message, new Uint8Array(48).with(0, 0x80)), false);
  });

  it('on uncompressed points', async () => {
    await loadBls();
    const wide = bls12_381.G1.Point.fromBytes(signature).toBytes(false);
    assert.equal(verifyBoth(publicKey, message, wide), false);
    assert.equal(verifyBoth(bls12_381.G2.Point.fromBytes(publicKey).toBytes(false), message, signature), false);
  });

  it('on coordinates that are not reduced', async () => {
    await loadBls();
    const p = bls12_381.fields.Fp.ORDER;
    let tried = 0;
    for (let text = 0; tried < 3; text++) {
      const body = Uint8Array.of(text);
      const sig = signer.sign(body);
      const x = BigInt(`0x${toHex(sig.with(0, sig[0]! & 0x1f))}`) + p;
      if (x >= 1n << 381n) continue;
      tried++;
      const unreduced = fromHex(x.toString(16).padStart(96, '0'));
      assert.equal(verifyBoth(publicKey, body, unreduced.with(0, unreduced[0]! | (sig[0]! & 0xe0))), false);
    }
  });

  it('on points of the curve outside the subgroup', async () => {
    await loadBls();
    const { Fp, Fp2 } = bls12_381.fields;
    let tried = 0;
    for (let x = 1n; tried < 4; x++) {
      if (!isSquare(() => Fp.sqrt(Fp.add(Fp.mul(Fp.sqr(x), x), 4n)))) continue;
      tried++;
      const sig = Fp.toBytes(x);
      assert.equal(verifyBoth(publicKey, message, sig.with(0, sig[0]! | 0x80)), false);
    }
    tried = 0;
    for (let x = 1n; tried < 4; x++) {
      const point = Fp2.fromBigTuple([x, 1n]);
      if (!isSquare(() => Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(point), point), Fp2.fromBigTuple([4n, 4n]))))) continue;
      tried++;
      const key = concatBytes(Fp.toBytes(1n), Fp.toBytes(x));
      assert.equal(verifyBoth(key.with(0, key[0]! | 0x80), message, signature), false);
    }
  });
});

function isSquare(root: () => unknown): boolean {
  try {
    root();
    return true;
  } catch {
    return false;
  }
}
