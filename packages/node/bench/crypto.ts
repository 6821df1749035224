/**
 * Benchmarks of envelopes, signatures and certificates with native code. Nothing runs on import.
 * @module
 */
import { concatBytes, principalToBytes, selfAuthenticatingPrincipal, utf8 } from '@myelin/core/base';
import { blsPublicKeyToDer, encodeCertificate, fork, labeled, leaf, pruned, signTree, verifyCertificate } from '@myelin/core/certification';
import { encodeSelfDescribedCbor, encodeUleb128 } from '@myelin/core/codec';
import {
  REQUEST_SEPARATOR,
  authenticateEnvelope,
  blsSecretKeyFromSeed,
  createP256Signer,
  createSecp256k1Signer,
  decodeEnvelope,
  nobleBlsVerifier,
  nobleVerifier,
  publicKeyFromDer,
  queryResponsePayload,
  requestIdOf,
} from '@myelin/core/crypto';
import type { MessageSigner } from '@myelin/core/crypto';
import {
  createNodeBlsSigner,
  createNodeEd25519Signer,
  createNodeVerifier,
  loadBls,
  nodeBlsVerifier,
  nodeHasher,
} from '../src/crypto/index.ts';

/** Figures by name; the unit ends the name. */
export type Figures = Readonly<Record<string, number>>;

const ROUNDS = 5;

/** Median microseconds of one run of `work`, over five rounds of about a tenth of a second. */
function microseconds(work: () => void): number {
  let count = 1;
  for (let took = 0; took < 20; count *= 2) took = timed(work, count);
  const rounds = Array.from({ length: ROUNDS }, () => (timed(work, count) * 1_000) / count).sort((a, b) => a - b);
  return Math.round(rounds[ROUNDS >> 1]! * 10) / 10;
}

function timed(work: () => void, count: number): number {
  const start = performance.now();
  for (let run = 0; run < count; run++) work();
  return performance.now() - start;
}

function signedCall(signer: MessageSigner): Uint8Array {
  const content = {
    request_type: 'call',
    sender: principalToBytes(selfAuthenticatingPrincipal(signer.publicKeyDer, nodeHasher)),
    canister_id: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 1, 1),
    method_name: 'icrc1_transfer',
    arg: new Uint8Array(120).fill(7),
    ingress_expiry: 1_000_000_000n,
    nonce: new Uint8Array(16).fill(9),
  };
  const sender_sig = signer.sign(concatBytes(REQUEST_SEPARATOR, requestIdOf(content, nodeHasher)));
  return encodeSelfDescribedCbor({ content, sender_pubkey: signer.publicKeyDer, sender_sig });
}

/** Runs them all; takes about ten seconds. */
export async function runCryptoBench(): Promise<Figures> {
  const seed = new Uint8Array(32).fill(1);
  const signer = createNodeEd25519Signer(seed);
  const verifier = createNodeVerifier();
  const rootKeyDer = blsPublicKeyToDer(createNodeBlsSigner(blsSecretKeyFromSeed(seed)).publicKey);
  const ports = { hasher: nodeHasher, verifier, bls: nodeBlsVerifier, rootKeyDer };
  const body = signedCall(signer);
  const envelope = decodeEnvelope(body, 'call');
  const requestId = requestIdOf(envelope.contentMap, nodeHasher);
  const check = (bytes: Uint8Array) => {
    const decoded = decodeEnvelope(bytes, 'call');
    const outcome = authenticateEnvelope({ ...ports, envelope: decoded, requestId: requestIdOf(decoded.contentMap, nodeHasher), now: 1n });
    if (!outcome.ok) throw new Error(outcome.error.message);
  };
  const bodies = [createSecp256k1Signer(seed), createP256Signer(seed)].map(signedCall);
  const message = utf8('message');
  const signature = signer.sign(message);
  const figures: Record<string, number> = {
    envelope_decode_us: microseconds(() => void decodeEnvelope(body, 'call')),
    request_id_us: microseconds(() => void requestIdOf(envelope.contentMap, nodeHasher)),
    ed25519_verify_node_us: microseconds(() => void verifier.verify('ed25519', signer.publicKey, message, signature)),
    ed25519_verify_noble_us: microseconds(() => void nobleVerifier.verify('ed25519', signer.publicKey, message, signature)),
    ed25519_sign_node_us: microseconds(() => void signer.sign(message)),
    signed_call_ed25519_us: microseconds(() => check(body)),
    signed_call_secp256k1_us: microseconds(() => check(bodies[0]!)),
    signed_call_p256_us: microseconds(() => check(bodies[1]!)),
    query_response_sign_us: microseconds(
      () => void signer.sign(queryResponsePayload({ status: 'replied', arg: message }, 1n, requestId, nodeHasher)),
    ),
    public_key_parse_us: microseconds(() => void publicKeyFromDer(signer.publicKeyDer)),
  };
  return { ...figures, ...(await benchBls(rootKeyDer)) };
}

async function benchBls(rootKeyDer: Uint8Array): Promise<Figures> {
  const start = performance.now();
  await loadBls();
  const loaded = performance.now() - start;
  const signer = createNodeBlsSigner(blsSecretKeyFromSeed(new Uint8Array(32).fill(1)));
  const message = new Uint8Array(45);
  const signature = signer.sign(message);
  let witness = labeled(
    'request_status',
    labeled(new Uint8Array(32), fork(labeled('reply', leaf(new Uint8Array(100))), labeled('status', leaf('replied')))),
  );
  for (let depth = 0; depth < 16; depth++) witness = fork(pruned(new Uint8Array(32)), witness);
  const tree = fork(witness, labeled('time', leaf(encodeUleb128(1n))));
  const certificate = encodeCertificate(signTree(tree, signer, nodeHasher));
  return {
    bls_load_ms: Math.round(loaded),
    bls_sign_mcl_us: microseconds(() => void signer.sign(message)),
    bls_verify_mcl_us: microseconds(() => void nodeBlsVerifier.verifyBls(signer.publicKey, message, signature)),
    bls_verify_noble_us: microseconds(() => void nobleBlsVerifier.verifyBls(signer.publicKey, message, signature)),
    certificate_sign_and_encode_us: microseconds(() => void encodeCertificate(signTree(tree, signer, nodeHasher))),
    certificate_verify_us: microseconds(
      () => void verifyCertificate(certificate, rootKeyDer, { hasher: nodeHasher, bls: nodeBlsVerifier }),
    ),
  };
}
