/** The HTTPS interface of a real node, asked by a published agent and by hand. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AnonymousIdentity, CanisterStatus, Cbor, Certificate, IC_REQUEST_DOMAIN_SEPARATOR, requestIdOf } from '@icp-sdk/core/agent';
import type { HttpAgent, Identity, SignIdentity } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { Secp256k1KeyIdentity } from '@icp-sdk/core/identity/secp256k1';
import { Principal } from '@icp-sdk/core/principal';
import { principalToText, toHex, utf8 } from '@myelin/core/base';
import { motokoCanister } from '@myelin/test-canisters';
import type { RunningNode } from '../../src/node/index.ts';
import { MANAGEMENT, agentOf, install, raw, startNode } from './network.ts';
import type { RawResponse } from './network.ts';

type Content = Record<string, unknown> & { sender: Uint8Array };

let node: RunningNode;
let identity: SignIdentity;
let agent: HttpAgent;
let counter: Principal;

before(async () => {
  node = await startNode();
  identity = Ed25519KeyIdentity.generate();
  agent = await agentOf(node, identity);
  counter = await install(agent, (await motokoCanister('counter')).wasm);
});
after(async () => node?.close());

function expiry(aheadMs = 120_000): bigint {
  return BigInt(Date.now() + aheadMs) * 1_000_000n;
}

/** An envelope signed by hand. */
async function envelope(
  fields: Record<string, unknown>,
  signer: SignIdentity | undefined = identity,
): Promise<{ body: Uint8Array; requestId: Uint8Array }> {
  const sender = (signer ?? new AnonymousIdentity()).getPrincipal();
  const content: Content = { ingress_expiry: expiry(), ...fields, sender: sender.toUint8Array() };
  const requestId = requestIdOf(content);
  if (signer === undefined) return { body: Cbor.encode({ content }), requestId };
  const sender_sig = await signer.sign(new Uint8Array([...IC_REQUEST_DOMAIN_SEPARATOR, ...requestId]));
  return { body: Cbor.encode({ content, sender_pubkey: signer.getPublicKey().toDer(), sender_sig }), requestId };
}

function callOf(method_name: string, arg: Uint8Array = IDL.encode([], []), canister: Principal = counter): Record<string, unknown> {
  return {
    request_type: 'call',
    canister_id: canister.toUint8Array(),
    method_name,
    arg,
    nonce: crypto.getRandomValues(new Uint8Array(16)),
  };
}

function queryOf(method_name: string, arg: Uint8Array = IDL.encode([], [])): Record<string, unknown> {
  return { request_type: 'query', canister_id: counter.toUint8Array(), method_name, arg };
}

async function post(
  path: string,
  body: Uint8Array,
  headers: Record<string, string> = { 'content-type': 'application/cbor' },
): Promise<RawResponse> {
  return raw(node.port, { method: 'POST', path, body, headers });
}

async function certified(bytes: Uint8Array): Promise<Certificate> {
  return Certificate.create({ certificate: bytes, rootKey: node.rootKeyDer, principal: { canisterId: counter }, agent });
}

function statusOf(certificate: Certificate, requestId: Uint8Array): string {
  const found = certificate.lookup_path(['request_status', requestId, 'status']);
  return 'value' in found ? new TextDecoder().decode(found.value as Uint8Array) : found.status;
}

const canisterPath = (version: string, endpoint: string, canister: Principal = counter): string =>
  `/api/${version}/canister/${canister.toText()}/${endpoint}`;

describe('status', () => {
  it('has what agents look for', async () => {
    const { status, headers, body } = await raw(node.port, { path: '/api/v2/status' });
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/cbor');
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.deepEqual([...body.subarray(0, 3)], [0xd9, 0xd9, 0xf7], 'self-described');
    const fields = Cbor.decode<Record<string, unknown>>(new Uint8Array(body));
    assert.equal(fields['replica_health_status'], 'healthy');
    assert.equal(typeof fields['impl_version'], 'string');
    assert.equal(typeof fields['ic_api_version'], 'string');
    assert.equal(toHex(fields['root_key'] as Uint8Array), toHex(node.rootKeyDer));
  });
  it('answers HEAD with the same headers and no body', async () => {
    const get = await raw(node.port, { path: '/api/v2/status' });
    const head = await raw(node.port, { method: 'HEAD', path: '/api/v2/status' });
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
    assert.equal(head.headers['content-length'], get.headers['content-length']);
  });
});

describe('an agent', () => {
  it('calls and queries, with every check that it has', async () => {
    const before = IDL.decode(
      [IDL.Nat],
      ((await agent.query(counter, { methodName: 'get', arg: IDL.encode([], []) })) as { reply: { arg: Uint8Array } }).reply.arg,
    )[0];
    await agent.update(counter, { methodName: 'inc', arg: IDL.encode([], []) });
    const afterwards = (await agent.query(counter, { methodName: 'get', arg: IDL.encode([], []) })) as { reply: { arg: Uint8Array } };
    assert.equal(IDL.decode([IDL.Nat], afterwards.reply.arg)[0], (before as bigint) + 1n);
  });
  it('of every kind of key', async () => {
    for (const signer of [Secp256k1KeyIdentity.generate() as Identity, Ed25519KeyIdentity.generate(), new AnonymousIdentity()]) {
      const own = await agentOf(node, signer);
      const { status } = await own.query(counter, { methodName: 'get', arg: IDL.encode([], []) });
      assert.equal(status, 'replied');
      await own.update(counter, { methodName: 'inc', arg: IDL.encode([], []) });
    }
  });
  it('reads what is public about a canister', async () => {
    const info = await CanisterStatus.request({
      canisterId: counter,
      agent,
      paths: ['time', 'controllers', 'module_hash', 'candid', 'subnet'],
    });
    assert.deepEqual((info.get('controllers') as Principal[]).map(String), [identity.getPrincipal().toText()]);
    assert.match(info.get('module_hash') as string, /^[0-9a-f]{64}$/);
    assert.match(info.get('candid') as string, /service/);
    assert.ok(Math.abs((info.get('time') as Date).getTime() - Date.now()) < 60_000);
  });
  it('synchronises its clock', async () => {
    const own = await agentOf(node);
    await own.syncTime({ canisterId: counter });
    assert.ok(Math.abs(own.getTimeDiffMsecs()) < 60_000);
  });
  it('is told about rejects', async () => {
    await assert.rejects(
      agent.update(counter, { methodName: 'nothing', arg: IDL.encode([], []) }),
      /has no update method 'nothing'|nothing/,
    );
    const query = await agent.query(counter, { methodName: 'nothing', arg: IDL.encode([], []) });
    assert.equal(query.status, 'rejected');
  });
});

describe('call', () => {
  for (const version of ['v3', 'v4']) {
    it(`${version} answers with a certificate of the outcome`, async () => {
      const { body, requestId } = await envelope(callOf('inc'));
      const response = await post(canisterPath(version, 'call'), body);
      assert.equal(response.status, 200);
      const fields = Cbor.decode<{ status: string; certificate: Uint8Array }>(new Uint8Array(response.body));
      assert.equal(fields.status, 'replied');
      assert.equal(statusOf(await certified(fields.certificate), requestId), 'replied');
    });
  }

  it('v2 answers 202, and read_state tells the outcome', async () => {
    const { body, requestId } = await envelope(callOf('inc'));
    const response = await post(canisterPath('v2', 'call'), body);
    assert.equal(response.status, 202);
    assert.equal(response.body.length, 0);
    for (const version of ['v2', 'v3']) {
      let status = '';
      for (let attempt = 0; attempt < 100 && status !== 'replied'; attempt++) {
        const read = await envelope({ request_type: 'read_state', paths: [[utf8('request_status'), requestId]] });
        const answer = await post(canisterPath(version, 'read_state'), read.body);
        assert.equal(answer.status, 200, answer.body.toString());
        status = statusOf(await certified(Cbor.decode<{ certificate: Uint8Array }>(new Uint8Array(answer.body)).certificate), requestId);
      }
      assert.equal(status, 'replied');
    }
  });

  it('the same request again has the same outcome and no further effect', async () => {
    const get = async (): Promise<bigint> => {
      const answer = (await agent.query(counter, { methodName: 'get', arg: IDL.encode([], []) })) as { reply: { arg: Uint8Array } };
      return IDL.decode([IDL.Nat], answer.reply.arg)[0] as unknown as bigint;
    };
    const start = await get();
    const { body, requestId } = await envelope(callOf('inc'));
    const together = await Promise.all(['v4', 'v3', 'v2', 'v4'].map((version) => post(canisterPath(version, 'call'), body)));
    assert.deepEqual(
      together.map(({ status }) => status),
      [200, 200, 202, 200],
    );
    const again = await post(canisterPath('v4', 'call'), body);
    const { certificate } = Cbor.decode<{ certificate: Uint8Array }>(new Uint8Array(again.body));
    assert.equal(statusOf(await certified(certificate), requestId), 'replied');
    assert.equal(await get(), start + 1n);
  });

  it('that the canister cannot take is rejected at once, without a certificate', async () => {
    const missing = Principal.fromText(principalToText(node.subnetId).length > 0 ? 'be2us-64aaa-aaaaa-qaabq-cai' : '');
    for (const version of ['v2', 'v3', 'v4']) {
      const { body } = await envelope(callOf('inc', undefined, missing));
      const response = await post(canisterPath(version, 'call', missing), body);
      if (response.status === 400) {
        assert.match(response.body.toString(), /^canister_not_found/);
        continue;
      }
      assert.equal(response.status, 200);
      const fields = Cbor.decode<Record<string, unknown>>(new Uint8Array(response.body));
      assert.equal(fields['status'], version === 'v2' ? undefined : 'non_replicated_rejection');
      assert.equal(fields['reject_code'], 3);
      assert.equal(fields['error_code'], 'IC0301');
    }
  });

  it('at the endpoint of the subnet creates canisters and does nothing else', async () => {
    const path = `/api/v4/subnet/${principalToText(node.subnetId)}/call`;
    const arg = IDL.encode([IDL.Record({})], [{}]);
    const create = await envelope(callOf('provisional_create_canister_with_cycles', arg, MANAGEMENT));
    const created = await post(path, create.body);
    assert.equal(created.status, 200, created.body.toString());
    assert.equal(Cbor.decode<{ status: string }>(new Uint8Array(created.body)).status, 'replied');
    const other = await envelope(callOf('inc'));
    assert.equal((await post(path, other.body)).status, 400);
  });
});

describe('query', () => {
  for (const version of ['v2', 'v3']) {
    it(`${version} is signed by the node`, async () => {
      const { body } = await envelope(queryOf('get'));
      const response = await post(canisterPath(version, 'query'), body);
      assert.equal(response.status, 200);
      const fields = Cbor.decode<{
        status: string;
        reply: { arg: Uint8Array };
        signatures: { timestamp: bigint; signature: Uint8Array; identity: Uint8Array }[];
      }>(new Uint8Array(response.body));
      assert.equal(fields.status, 'replied');
      assert.equal(fields.signatures.length, 1);
      assert.equal(fields.signatures[0]!.signature.length, 64);
      assert.equal(Principal.fromUint8Array(fields.signatures[0]!.identity).toText(), principalToText(node.replica.nodeId));
    });
  }
  it('of the anonymous user may have any expiry', async () => {
    const { body } = await envelope({ ...queryOf('get'), ingress_expiry: 0n }, undefined as never);
    assert.equal((await post(canisterPath('v3', 'query'), await anonymous({ ...queryOf('get'), ingress_expiry: 1n }))).status, 200);
    assert.equal((await post(canisterPath('v3', 'query'), body)).status, 400);
  });
});

/** An envelope without a signature. */
async function anonymous(fields: Record<string, unknown>): Promise<Uint8Array> {
  return Cbor.encode({ content: { ingress_expiry: expiry(), ...fields, sender: Principal.anonymous().toUint8Array() } });
}

describe('read_state', () => {
  const read = async (path: string, paths: Uint8Array[][], signer: SignIdentity = identity): Promise<RawResponse> =>
    post(path, (await envelope({ request_type: 'read_state', paths }, signer)).body);

  it('keeps a request to its sender', async () => {
    const { body, requestId } = await envelope(callOf('inc'));
    await post(canisterPath('v4', 'call'), body);
    const paths = [[utf8('request_status'), requestId]];
    assert.equal((await read(canisterPath('v3', 'read_state'), paths)).status, 200);
    assert.equal((await read(canisterPath('v3', 'read_state'), paths, Ed25519KeyIdentity.generate())).status, 403);
  });
  it('keeps private metadata to controllers', async () => {
    const paths = [[utf8('canister'), counter.toUint8Array(), utf8('metadata'), utf8('motoko:stable-types')]];
    assert.equal((await read(canisterPath('v3', 'read_state'), paths)).status, 200);
    assert.equal((await read(canisterPath('v3', 'read_state'), paths, Ed25519KeyIdentity.generate())).status, 403);
    const open = [[utf8('canister'), counter.toUint8Array(), utf8('metadata'), utf8('candid:service')]];
    assert.equal((await read(canisterPath('v3', 'read_state'), open, Ed25519KeyIdentity.generate())).status, 200);
  });
  it('tells the outcome of a call that had the management canister in its URL', async () => {
    const { body, requestId } = await envelope(
      callOf('provisional_create_canister_with_cycles', IDL.encode([IDL.Record({})], [{}]), MANAGEMENT),
    );
    assert.equal((await post(canisterPath('v2', 'call', MANAGEMENT), body)).status, 202);
    const answer = await read(canisterPath('v2', 'read_state', MANAGEMENT), [[utf8('request_status'), requestId]]);
    assert.equal(answer.status, 200, answer.body.toString());
  });
  it('never reveals certified data or the whole tree', async () => {
    for (const path of [
      [],
      [utf8('canister')],
      [utf8('canister'), counter.toUint8Array()],
      [utf8('canister'), counter.toUint8Array(), utf8('certified_data')],
    ]) {
      assert.equal((await read(canisterPath('v3', 'read_state'), [path])).status, 404);
    }
  });
  it('tells the metrics and ranges of the subnet at its own endpoint', async () => {
    const subnetId = Principal.fromText(principalToText(node.subnetId)).toUint8Array();
    for (const version of ['v2', 'v3']) {
      const at = `/api/${version}/subnet/${principalToText(node.subnetId)}/read_state`;
      for (const path of [[utf8('subnet'), subnetId, utf8('metrics')], [utf8('canister_ranges'), subnetId], [utf8('time')]]) {
        const answer = await read(at, [path]);
        assert.equal(answer.status, 200, answer.body.toString());
      }
      assert.equal((await read(canisterPath(version, 'read_state'), [[utf8('canister_ranges'), subnetId]])).status, 404);
    }
  });
});

describe('the endpoints', () => {
  it('are open to pages of every origin', async () => {
    const origin = {
      origin: 'http://page.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    const answer = await raw(node.port, { method: 'OPTIONS', path: canisterPath('v4', 'call'), headers: origin });
    assert.equal(answer.status, 204);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    assert.match(String(answer.headers['access-control-allow-methods']), /POST/);
    assert.match(String(answer.headers['access-control-allow-headers']), /content-type/);
    const refused = await post(canisterPath('v4', 'call'), new Uint8Array([1]));
    assert.equal(refused.headers['access-control-allow-origin'], '*');
  });
  it('refuse with the status and the reason', async () => {
    const { body } = await envelope(queryOf('get'));
    const cases: [Promise<RawResponse>, number, RegExp][] = [
      [post(canisterPath('v3', 'query'), new Uint8Array([1, 2, 3])), 400, /Could not parse body as query message/],
      [post(canisterPath('v3', 'query'), body, { 'content-type': 'application/json' }), 415, /expected application\/cbor/],
      [post(canisterPath('v9', 'query'), body), 404, /no endpoint/],
      [post('/api/v3/canister/x/query', body), 400, /not a principal/],
      [raw(node.port, { path: canisterPath('v3', 'query') }), 405, /POST/],
      [post(canisterPath('v4', 'call'), new Uint8Array(2 * 1024 * 1024 + 1)), 413, /larger than 2097152 bytes/],
      [post(canisterPath('v3', 'query'), new Uint8Array(4 * 1024 * 1024 + 1)), 413, /larger than 4194304 bytes/],
      [
        post(canisterPath('v4', 'call'), (await envelope({ ...callOf('inc'), ingress_expiry: expiry(-1_000) })).body),
        400,
        /^Invalid request expiry: /,
      ],
    ];
    for (const [answer, status, text] of cases) {
      const { status: actual, body: bytes, headers } = await answer;
      assert.equal(actual, status, bytes.toString());
      assert.match(bytes.toString(), text);
      assert.match(String(headers['content-type']), /^text\/plain/);
    }
  });
  it('take CBOR without a content type, and with parameters', async () => {
    const { body } = await envelope(queryOf('get'));
    assert.equal((await post(canisterPath('v3', 'query'), body, {})).status, 200);
    assert.equal((await post(canisterPath('v3', 'query'), body, { 'content-type': 'Application/CBOR; charset=x' })).status, 200);
  });
});
