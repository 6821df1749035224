/**
 * Benchmarks of the HTTP side: what a request costs before and after the replica. Nothing runs on import.
 * @module
 */
import { connect } from 'node:net';
import {
  ANONYMOUS_PRINCIPAL,
  canisterIdOfIndex,
  concatBytes,
  principalToBytes,
  principalToText,
  selfAuthenticatingPrincipal,
  utf8,
} from '@myelin/core/base';
import type { PrincipalId } from '@myelin/core/base';
import { blob, encodeArgs, nat16, record, text, tuple, vec } from '@myelin/core/candid';
import { encodeSelfDescribedCbor } from '@myelin/core/codec';
import type { CborInput } from '@myelin/core/codec';
import { DELEGATION_SEPARATOR, REQUEST_SEPARATOR, createSecp256k1Signer, hashOfContent, requestIdOf } from '@myelin/core/crypto';
import type { MessageSigner } from '@myelin/core/crypto';
import { createNodeEd25519Signer, createNodeVerifier, loadBls, nodeBlsVerifier, nodeHasher } from '../src/crypto/index.ts';
import { createEnvelopeChecker } from '../src/http/envelope-check.ts';
import { decodeHttpResponse, encodeHttpRequest } from '../src/http/gateway/http-interface.ts';
import { checkReadStatePaths } from '../src/http/read-state-access.ts';
import { openNode } from '../src/node/index.ts';

/** Figures by name; the unit ends the name. */
export type Figures = Readonly<Record<string, number>>;

const ROUNDS = 5;
const CANISTER = canisterIdOfIndex(7n);
const SUBNET = `${'ab'.repeat(28)}02` as PrincipalId;
const NOW = 1_746_144_000_000_000_000n;

function timed(work: () => void, count: number): number {
  const start = performance.now();
  for (let run = 0; run < count; run++) work();
  return performance.now() - start;
}

/** Median microseconds of one run of `work`, over five rounds of about a tenth of a second. */
function microseconds(work: () => void): number {
  let count = 1;
  for (let took = 0; took < 20; count *= 2) took = timed(work, count);
  const rounds = Array.from({ length: ROUNDS }, () => (timed(work, count) * 1_000) / count).sort((a, b) => a - b);
  return Math.round(rounds[ROUNDS >> 1]! * 10) / 10;
}

type Fields = Record<string, CborInput>;

function contentOf(kind: 'call' | 'query' | 'read_state', sender: PrincipalId): Fields {
  const common = { request_type: kind, sender: principalToBytes(sender), ingress_expiry: NOW + 1_000n, nonce: new Uint8Array(16).fill(9) };
  if (kind === 'read_state') return { ...common, paths: [[utf8('request_status'), new Uint8Array(32)]] };
  return { ...common, canister_id: principalToBytes(CANISTER), method_name: 'icrc1_transfer', arg: new Uint8Array(120).fill(7) };
}

function anonymous(kind: 'call' | 'query' | 'read_state'): Uint8Array {
  return encodeSelfDescribedCbor({ content: contentOf(kind, ANONYMOUS_PRINCIPAL) });
}

function signed(kind: 'call' | 'query' | 'read_state', signer: MessageSigner, root: MessageSigner = signer): Uint8Array {
  const content = contentOf(kind, selfAuthenticatingPrincipal(root.publicKeyDer, nodeHasher));
  const sender_sig = signer.sign(concatBytes(REQUEST_SEPARATOR, requestIdOf(content as never, nodeHasher)));
  const envelope = { content, sender_pubkey: root.publicKeyDer, sender_sig };
  if (root === signer) return encodeSelfDescribedCbor(envelope);
  const delegation = { pubkey: signer.publicKeyDer, expiration: NOW + 1_000n };
  const signature = root.sign(concatBytes(DELEGATION_SEPARATOR, hashOfContent(delegation, nodeHasher)));
  return encodeSelfDescribedCbor({ ...envelope, sender_delegation: [{ delegation, signature }] });
}

/** Decoding and every check of a request, signatures included. */
export async function benchEnvelopes(): Promise<Figures> {
  await loadBls();
  const scope = { kind: 'canister', id: CANISTER } as const;
  const checker = createEnvelopeChecker(
    { subnetId: SUBNET, hostsCanisterId: () => true, rootKeyDer: new Uint8Array(133), wallTimeNs: () => NOW },
    { hasher: nodeHasher, verifier: createNodeVerifier(), bls: nodeBlsVerifier },
  );
  const ed25519 = createNodeEd25519Signer(new Uint8Array(32).fill(1));
  const session = createNodeEd25519Signer(new Uint8Array(32).fill(2));
  const secp256k1 = createSecp256k1Signer(new Uint8Array(32).fill(3));
  const figures: Record<string, number> = {};
  const call = (name: string, body: Uint8Array): void => {
    if (!checker.checkCall(scope, body).ok) throw new Error(`${name} is refused`);
    figures[`call, ${name}, µs`] = microseconds(() => checker.checkCall(scope, body));
  };
  call('anonymous', anonymous('call'));
  call('Ed25519', signed('call', ed25519));
  call('Ed25519 behind one delegation', signed('call', session, ed25519));
  call('secp256k1', signed('call', secp256k1));
  const query = signed('query', ed25519);
  figures['query, Ed25519, µs'] = microseconds(() => checker.checkQuery(scope, query));
  const read = signed('read_state', ed25519);
  const state = {
    subnetId: SUBNET,
    isRoot: true,
    controllersOf: () => undefined,
    requestOwner: () => undefined,
    metadataVisibility: () => undefined,
  };
  figures['read_state, Ed25519, µs'] = microseconds(() => {
    const checked = checker.checkReadState(scope, read);
    if (checked.ok) checkReadStatePaths({ ...checked.value, version: 3, scope }, state);
  });
  const garbage = new Uint8Array(400).fill(0xa1);
  figures['refusal of garbage, µs'] = microseconds(() => checker.checkCall(scope, garbage));
  return figures;
}

/** What the gateway adds to a query. */
export function benchGateway(): Figures {
  const headers = Array.from({ length: 12 }, (_, index) => [`x-header-${index}`, 'a value of some length'] as const);
  const request = { method: 'GET', url: '/index.html', headers, body: new Uint8Array(0) };
  const response = encodeArgs(
    [record({ status_code: nat16, headers: vec(tuple(text, text)), body: blob })],
    [{ status_code: 200, headers: [['content-type', 'text/html']], body: new Uint8Array(10_000) }],
  );
  return {
    'gateway, request to Candid, µs': microseconds(() => encodeHttpRequest(request, 2)),
    'gateway, response from Candid, µs': microseconds(() => decodeHttpResponse(response, 'http_request')),
  };
}

/** Sends `count` requests over one connection, some at a time, and waits for as many answers. */
async function exchange(port: number, request: Uint8Array, count: number): Promise<void> {
  const atOnce = 50;
  const socket = connect(port, '127.0.0.1');
  const batch = Buffer.concat(Array.from({ length: atOnce }, () => request));
  await new Promise<void>((resolve, reject) => {
    let answers = 0;
    let batches = 1;
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf('HTTP/1.1 '); at >= 0; at = chunk.indexOf('HTTP/1.1 ', at + 9)) answers++;
      if (answers >= count) resolve();
      else if (answers === batches * atOnce) {
        batches++;
        socket.write(batch);
      }
    });
    socket.write(batch);
  });
  socket.destroy();
}

/** CPU time per request of the whole process, the small client included. */
async function cpuMicroseconds(port: number, request: Uint8Array): Promise<number> {
  await exchange(port, request, 2_000);
  const count = 5_000;
  const before = process.cpuUsage();
  await exchange(port, request, count);
  const { user, system } = process.cpuUsage(before);
  return Math.round(((user + system) / count) * 10) / 10;
}

/** Whole requests to a node in this process, over pipelined keep-alive connections. */
export async function benchServer(): Promise<Figures> {
  const node = await openNode({ stateDirectory: undefined, host: '127.0.0.1', port: 0, onFault: (error) => console.error(error) });
  try {
    const status = utf8('GET /api/v2/status HTTP/1.1\r\nhost: x\r\n\r\n');
    const query = anonymous('query');
    const head = `POST /api/v3/canister/${principalToText(CANISTER)}/query HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\ncontent-length: ${query.length}\r\n\r\n`;
    return {
      'status over HTTP, CPU µs': await cpuMicroseconds(node.port, status),
      // The canister does not exist: the replica answers at once, and the node signs the reject.
      'rejected query over HTTP, CPU µs': await cpuMicroseconds(node.port, concatBytes(utf8(head), query)),
    };
  } finally {
    await node.close();
  }
}
