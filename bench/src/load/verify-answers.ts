/**
 * Verifies kept answers to update calls, twice: with the code of this repository, and with `@icp-sdk/core`.
 * @module
 */
import { Certificate, lookupResultToBuffer } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { fromUtf8, principalFromText, utf8 } from '@myelin/core/base';
import { lookupPath, verifyCertificate, type BlsVerifier } from '@myelin/core/certification';
import { decodeCbor } from '@myelin/core/codec';
import { memoiseBlsVerifier } from '@myelin/core/crypto';
import { createSignatureMemo, loadBls, nodeBlsVerifier, nodeHasher } from '@myelin/node/crypto';
import type { KeptAnswers } from './kept-answers.ts';
import type { SignedLoad } from './signed-load.ts';

export type Verification = {
  /** Certificates that both found good and that prove a reply to the request. */
  readonly verified: number;
  /** What is wrong with the others; a few. */
  readonly faults: readonly string[];
};

/** @icp-sdk/core takes some 20 ms for each: more than this would take longer than the load did. */
const VERIFIED_TWICE_MAX = 500;
const FAULTS_TOLD_MAX = 5;

const REQUEST_STATUS = utf8('request_status');

/** Certificate in the body of an answer 200. */
export function certificateIn(body: Uint8Array): Uint8Array | undefined {
  const answer: unknown = decodeCbor(body);
  const certificate: unknown = answer instanceof Map ? answer.get('certificate') : undefined;
  return certificate instanceof Uint8Array ? certificate : undefined;
}

type Keys = { readonly rootKeyDer: Uint8Array; readonly canisterId: string };

/** With our own code. @returns what is wrong */
function verifyOwn(certificate: Uint8Array, requestId: Uint8Array, keys: Keys, bls: BlsVerifier): string | undefined {
  const verified = verifyCertificate(certificate, keys.rootKeyDer, {
    hasher: nodeHasher,
    bls,
    canisterId: principalFromText(keys.canisterId),
  });
  if (!verified.ok) return verified.error.message;
  const status = lookupPath([REQUEST_STATUS, requestId, utf8('status')], verified.value.tree);
  const text = status.status === 'found' ? fromUtf8(status.value) : status.status;
  return text === 'replied' ? undefined : `the certificate says ${text} of the request`;
}

/** With the library that applications use. @returns what is wrong */
async function verifySdk(certificate: Uint8Array, requestId: Uint8Array, keys: Keys): Promise<string | undefined> {
  try {
    const verified = await Certificate.create({
      certificate: Uint8Array.from(certificate),
      rootKey: keys.rootKeyDer,
      principal: { canisterId: Principal.fromText(keys.canisterId) },
      // It may have been kept for longer than the five minutes that an application accepts.
      disableTimeVerification: true,
    });
    const status = lookupResultToBuffer(verified.lookup_path([REQUEST_STATUS, requestId, utf8('status')]));
    const text = status === undefined ? 'nothing' : new TextDecoder().decode(status);
    return text === 'replied' ? undefined : `@icp-sdk/core reads ${text} of the request`;
  } catch (error) {
    return `@icp-sdk/core: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * Verifies a share of the kept answers.
 * @param share - 0.01 for one of a hundred.
 */
export async function verifyAnswers(kept: KeptAnswers, load: SignedLoad, keys: Keys, share: number): Promise<Verification> {
  await loadBls();
  // The requests of a batch share one signature: it is verified once.
  const bls = memoiseBlsVerifier(nodeBlsVerifier, createSignatureMemo(100_000), nodeHasher);
  const step = Math.max(1, Math.round(1 / share));
  const twice = Math.max(1, Math.floor(Math.ceil(kept.count / step) / VERIFIED_TWICE_MAX));
  const faults: string[] = [];
  let verified = 0;
  let seen = 0;
  for (const [index, body] of kept.every(step, kept.count > step ? Math.floor(Math.random() * step) : 0)) {
    const certificate = certificateIn(body);
    const requestId = load.requestId(index);
    const isTwice = seen++ % twice === 0;
    const fault =
      certificate === undefined
        ? 'an answer without a certificate'
        : (verifyOwn(certificate, requestId, keys, bls) ?? (isTwice ? await verifySdk(certificate, requestId, keys) : undefined));
    if (fault === undefined) verified += 1;
    else if (faults.length < FAULTS_TOLD_MAX) faults.push(fault);
  }
  return { verified, faults };
}
