import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, it } from 'node:test';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { concatBytes, fromHex, nobleHasher, toHex, utf8 } from '@myelin/core/base';
import { createEd25519Signer, nobleVerifier, publicKeyFromDer, createSecp256k1Signer } from '@myelin/core/crypto';
import type { SignatureScheme } from '@myelin/core/crypto';
import { createNodeEd25519Signer, createNodeVerifier, nodeHasher } from '../../src/crypto/index.ts';

const nodeVerifier = createNodeVerifier(16);

/** Both verifiers' answer, which must be the same. */
function verifyBoth(scheme: SignatureScheme, key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const noble = nobleVerifier.verify(scheme, key, message, signature);
  assert.equal(
    nodeVerifier.verify(scheme, key, message, signature),
    noble,
    `${scheme} ${toHex(key)} ${toHex(message)} ${toHex(signature)}`,
  );
  return noble;
}

const message = utf8('message');
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

const ORDER = ed25519.Point.Fn.ORDER;
const toNumber = (bytes: Uint8Array) => BigInt(`0x${toHex(bytes.slice().reverse())}`);
const toBytes = (value: bigint) => fromHex(value.toString(16).padStart(64, '0')).reverse();

describe('both verifiers agree: Ed25519', () => {
  it('on keys and nonces with a component of small order', () => {
    let accepted = 0;
    for (let index = 0; index < 64; index++) {
      const keyTorsion = ed25519.Point.fromHex(ED25519_TORSION_SUBGROUP[index % 8]!);
      const nonceTorsion = ed25519.Point.fromHex(ED25519_TORSION_SUBGROUP[(index >> 3) % 8]!);
      const secret = 1_000n + BigInt(index);
      const nonce = 77_777n + BigInt(index);
      const key = ed25519.Point.BASE.multiply(secret).add(keyTorsion).toBytes();
      const r = ed25519.Point.BASE.multiply(nonce).add(nonceTorsion).toBytes();
      const challenge = toNumber(sha512(concatBytes(r, key, message))) % ORDER;
      const signature = concatBytes(r, toBytes((nonce + challenge * secret) % ORDER));
      if (verifyBoth('ed25519', key, message, signature)) accepted++;
      if (index === 0) assert.equal(accepted, 1, 'without such a component the signature is valid');
    }
    assert.ok(accepted < 32, 'the equation without the cofactor refuses most');
  });

  it('on keys of small order, with signatures that satisfy the equation', () => {
    for (const hex of ED25519_TORSION_SUBGROUP) {
      for (let nonce = 1n; nonce < 20n; nonce++) {
        const r = ed25519.Point.BASE.multiply(nonce).toBytes();
        assert.equal(verifyBoth('ed25519', fromHex(hex), message, concatBytes(r, toBytes(nonce))), false);
      }
    }
  });

  it('on S beyond the order', () => {
    const signer = createEd25519Signer(new Uint8Array(32).fill(1));
    const signature = signer.sign(message);
    assert.equal(verifyBoth('ed25519', signer.publicKey, message, signature), true);
    const s = toNumber(signature.subarray(32));
    for (const other of [s + ORDER, s + 2n * ORDER, ORDER, 0n]) {
      assert.equal(verifyBoth('ed25519', signer.publicKey, message, concatBytes(signature.subarray(0, 32), toBytes(other))), false);
    }
  });

  it('on random keys and signatures, and on changed ones', () => {
    fc.assert(
      fc.property(
        bytes32,
        fc.uint8Array({ minLength: 62, maxLength: 66 }),
        (key, signature) => void verifyBoth('ed25519', key, message, signature),
      ),
    );
    const signer = createEd25519Signer(new Uint8Array(32).fill(2));
    const signature = signer.sign(message);
    fc.assert(
      fc.property(fc.nat(95), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const joined = concatBytes(signer.publicKey, signature);
        joined[index]! ^= change;
        assert.equal(verifyBoth('ed25519', joined.subarray(0, 32), message, joined.subarray(32)), false);
      }),
    );
  });
});

describe('both verifiers agree: ECDSA', () => {
  const curves = [
    ['ecdsa-p256', p256],
    ['ecdsa-secp256k1', secp256k1],
  ] as const;
  for (const [scheme, curve] of curves) {
    const secret = new Uint8Array(32).fill(3);
    const point = curve.getPublicKey(secret, false);
    const signature = curve.sign(message, secret, { lowS: true, prehash: true, format: 'compact' });
    const order = curve.Point.Fn.ORDER;
    const scalar = (value: bigint) => fromHex(value.toString(16).padStart(64, '0'));
    const s = BigInt(`0x${toHex(signature.subarray(32))}`);

    it(`${scheme}: accept s and n - s`, () => {
      assert.equal(verifyBoth(scheme, point, message, signature), true);
      assert.equal(verifyBoth(scheme, point, message, concatBytes(signature.subarray(0, 32), scalar(order - s))), true);
    });

    it(`${scheme}: refuse r or s out of range`, () => {
      const r = signature.subarray(0, 32);
      const max = (1n << 256n) - 1n;
      for (const value of [0n, order, order + 1n, max]) {
        assert.equal(verifyBoth(scheme, point, message, concatBytes(r, scalar(value))), false);
        assert.equal(verifyBoth(scheme, point, message, concatBytes(scalar(value), signature.subarray(32))), false);
      }
      if (s + order <= max) assert.equal(verifyBoth(scheme, point, message, concatBytes(r, scalar(s + order))), false);
    });

    it(`${scheme}: refuse keys that are no uncompressed point of the curve`, () => {
      const compressed = curve.getPublicKey(secret, true);
      const hybrid = point.slice();
      hybrid[0] = 6 + (point[64]! & 1);
      const offCurve = point.slice();
      offCurve[64]! ^= 1;
      const unreduced = concatBytes(Uint8Array.of(4), new Uint8Array(64).fill(0xff));
      for (const key of [compressed, hybrid, offCurve, unreduced, new Uint8Array(65), Uint8Array.of(0), new Uint8Array(0)]) {
        assert.equal(verifyBoth(scheme, key, message, signature), false);
      }
    });

    it(`${scheme}: agree on changed keys and signatures`, () => {
      fc.assert(
        fc.property(fc.nat(128), fc.integer({ min: 1, max: 255 }), (index, change) => {
          const joined = concatBytes(point, signature);
          joined[index]! ^= change;
          assert.equal(verifyBoth(scheme, joined.subarray(0, 65), message, joined.subarray(65)), false);
        }),
        { numRuns: 40 },
      );
    });
  }
});

describe('both verifiers agree: RSA', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = new Uint8Array(publicKey.export({ format: 'der', type: 'pkcs1' }));
  const signature = new Uint8Array(sign('sha256', message, privateKey));

  it('on a valid signature, and on lengths', () => {
    assert.equal(verifyBoth('rsa-pkcs1-sha256', key, message, signature), true);
    assert.equal(verifyBoth('rsa-pkcs1-sha256', key, message, signature.subarray(1)), false);
    assert.equal(verifyBoth('rsa-pkcs1-sha256', key, message, concatBytes(Uint8Array.of(0), signature)), false);
    assert.equal(verifyBoth('rsa-pkcs1-sha256', key, message, new Uint8Array(256)), false);
    assert.equal(verifyBoth('rsa-pkcs1-sha256', key, message, new Uint8Array(256).fill(0xff)), false);
  });

  it('on another hash', () => {
    assert.equal(verifyBoth('rsa-pkcs1-sha256', key, message, new Uint8Array(sign('sha512', message, privateKey))), false);
  });

  it('on keys outside the bounds', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const smallKey = new Uint8Array(small.publicKey.export({ format: 'der', type: 'pkcs1' }));
    assert.equal(verifyBoth('rsa-pkcs1-sha256', smallKey, message, new Uint8Array(sign('sha256', message, small.privateKey))), false);
    assert.equal(verifyBoth('rsa-pkcs1-sha256', key.subarray(1), message, signature), false);
    assert.equal(verifyBoth('rsa-pkcs1-sha256', concatBytes(key, Uint8Array.of(0)), message, signature), false);
  });

  it('on changed keys and signatures', () => {
    fc.assert(
      fc.property(fc.nat(key.length + 255), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const joined = concatBytes(key, signature);
        joined[index]! ^= change;
        assert.equal(verifyBoth('rsa-pkcs1-sha256', joined.subarray(0, key.length), message, joined.subarray(key.length)), false);
      }),
    );
  });
});

describe('native hashing and signing', () => {
  it('hashes like the JavaScript hasher, into plain byte arrays of their own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        for (const name of ['sha256', 'sha224'] as const) {
          const digest = nodeHasher[name](data);
          assert.deepEqual(digest, nobleHasher[name](data));
          assert.equal(Object.getPrototypeOf(digest), Uint8Array.prototype);
          assert.equal(digest.buffer.byteLength, digest.length);
        }
      }),
    );
  });

  it('signs with Ed25519 like the JavaScript signer', () => {
    fc.assert(
      fc.property(bytes32, fc.uint8Array(), (seed, data) => {
        const slow = createEd25519Signer(seed);
        const fast = createNodeEd25519Signer(seed);
        assert.deepEqual(fast.publicKeyDer, slow.publicKeyDer);
        assert.deepEqual(fast.sign(data), slow.sign(data));
        assert.equal(verifyBoth('ed25519', fast.publicKey, data, fast.sign(data)), true);
      }),
      { numRuns: 10 },
    );
  });

  it('verifies what the signers of the core and of OpenSSL sign', () => {
    const signer = createSecp256k1Signer(new Uint8Array(32).fill(4));
    const key = publicKeyFromDer(signer.publicKeyDer);
    assert.ok(key.kind === 'ecdsa-secp256k1');
    assert.equal(verifyBoth('ecdsa-secp256k1', key.point, message, signer.sign(message)), true);
    const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const native = publicKeyFromDer(new Uint8Array(pair.publicKey.export({ format: 'der', type: 'spki' })));
    assert.ok(native.kind === 'ecdsa-p256');
    const privateKey = createPrivateKey(pair.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const signature = new Uint8Array(sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' }));
    assert.equal(verifyBoth('ecdsa-p256', native.point, message, signature), true);
  });
});
