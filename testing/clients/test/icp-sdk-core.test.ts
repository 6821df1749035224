/** `@icp-sdk/core` 6.1.0, unmodified: calls, queries, state, identities, and what it refuses. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  Actor,
  AgentError,
  Cbor,
  Certificate,
  CertifiedRejectErrorCode,
  type ActorMethod,
  HttpAgent,
  type Identity,
  UncertifiedRejectErrorCode,
} from '@icp-sdk/core/agent';
import type { IDL } from '@icp-sdk/core/candid';
import { DelegationChain, DelegationIdentity, ECDSAKeyIdentity, Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { Secp256k1KeyIdentity } from '@icp-sdk/core/identity/secp256k1';
import type { Principal } from '@icp-sdk/core/principal';
import { cCanister, motokoCanister } from '@myelin/test-canisters';
import {
  UPGRADE_KEEPING_HEAP,
  installCanister,
  installCode,
  managementOf,
  openAgent,
  openTestNode,
  type TestNode,
} from '@myelin/test-clients';

type Counter = {
  readonly inc: ActorMethod<[], bigint>;
  readonly add: ActorMethod<[bigint], bigint>;
  readonly get: ActorMethod<[], bigint>;
  readonly incThenTrap: ActorMethod<[], bigint>;
  readonly incInQuery: ActorMethod<[], bigint>;
  readonly whoami: ActorMethod<[], Principal>;
  readonly greet: ActorMethod<[string], string>;
};

const counterInterface: IDL.InterfaceFactory = ({ IDL: idl }) =>
  idl.Service({
    inc: idl.Func([], [idl.Nat], []),
    add: idl.Func([idl.Nat], [idl.Nat], []),
    get: idl.Func([], [idl.Nat], ['query']),
    incThenTrap: idl.Func([], [idl.Nat], []),
    incInQuery: idl.Func([], [idl.Nat], ['query']),
    whoami: idl.Func([], [idl.Principal], ['query']),
    greet: idl.Func([idl.Text], [idl.Text], ['query']),
  });

const littleEndian = (value: bigint): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
};

describe('@icp-sdk/core', () => {
  let node: TestNode;
  let agent: HttpAgent;
  let canisterId: Principal;
  const counterOf = (as: HttpAgent): Counter => Actor.createActor<Counter>(counterInterface, { agent: as, canisterId });

  before(async () => {
    node = await openTestNode();
    agent = await openAgent(node.url);
    canisterId = await installCanister(agent, (await motokoCanister('counter')).wasm);
  });
  after(() => node.close());

  it('updates with a checked certificate and queries with a checked signature', async () => {
    const counter = counterOf(agent);
    const first = await counter.inc();
    assert.equal(await counter.add(41n), first + 41n);
    assert.equal(await counter.get(), first + 41n);
    assert.equal(await counter.greet('världen 🌍'), 'Hello, världen 🌍!');
  });

  it('sees nothing of what a trapped message or a query wrote', async () => {
    const counter = counterOf(agent);
    const before_ = await counter.get();
    await assert.rejects(counter.incThenTrap(), (error: AgentError) => {
      assert.ok(error instanceof AgentError && error.isCertified, 'the reject is certified');
      assert.ok(error.hasCode(CertifiedRejectErrorCode));
      assert.match(error.message, /trapped on purpose/);
      return true;
    });
    assert.equal(await counter.incInQuery(), before_ + 1n);
    assert.equal(await counter.get(), before_);
  });

  it('runs many calls at once, each once', async () => {
    const counter = counterOf(agent);
    const start = await counter.get();
    const answers = await Promise.all(Array.from({ length: 20 }, () => counter.inc()));
    assert.deepEqual(
      answers.toSorted((a, b) => Number(a - b)),
      Array.from({ length: 20 }, (_, index) => start + BigInt(index) + 1n),
    );
  });

  const identities: readonly (readonly [string, () => Identity | Promise<Identity>])[] = [
    ['Ed25519', () => Ed25519KeyIdentity.generate()],
    ['secp256k1', () => Secp256k1KeyIdentity.generate()],
    ['P-256 of the platform', () => ECDSAKeyIdentity.generate()],
    [
      'a delegation of a P-256 key to an Ed25519 key',
      async () => {
        const [root, session] = [await ECDSAKeyIdentity.generate(), Ed25519KeyIdentity.generate()];
        return DelegationIdentity.fromDelegation(
          session,
          await DelegationChain.create(root, session.getPublicKey(), new Date(Date.now() + 60_000)),
        );
      },
    ],
  ];
  for (const [name, create] of identities) {
    it(`knows a caller by ${name}`, async () => {
      const identity = await create();
      const counter = counterOf(await openAgent(node.url, identity));
      assert.equal((await counter.whoami()).toText(), identity.getPrincipal().toText());
      await counter.inc();
    });
  }

  it('refuses a delegation that has expired', async () => {
    const [root, session] = [Ed25519KeyIdentity.generate(), Ed25519KeyIdentity.generate()];
    const chain = await DelegationChain.create(root, session.getPublicKey(), new Date(Date.now() - 60_000));
    const counter = counterOf(await openAgent(node.url, DelegationIdentity.fromDelegation(session, chain)));
    await assert.rejects(counter.whoami(), AgentError);
    await assert.rejects(counter.inc(), AgentError);
  });

  it('answers calls that cannot be with the codes of the specification', async () => {
    const missing: IDL.InterfaceFactory = ({ IDL: idl }) =>
      idl.Service({ nothing: idl.Func([], [], ['query']), nothingToUpdate: idl.Func([], [], []) });
    const actor = Actor.createActor<{ nothing: ActorMethod; nothingToUpdate: ActorMethod }>(missing, { agent, canisterId });
    await assert.rejects(actor.nothing(), (error: AgentError) => {
      assert.ok(error.hasCode(UncertifiedRejectErrorCode));
      assert.match(String(error), /nothing/);
      return true;
    });
    await assert.rejects(actor.nothingToUpdate(), AgentError);
  });

  it('proves module hash, controllers and metadata in the state tree', async () => {
    const { candid } = await motokoCanister('counter');
    const owner = Ed25519KeyIdentity.generate();
    const ownAgent = await openAgent(node.url, owner);
    const own = await installCanister(ownAgent, (await motokoCanister('counter')).wasm);
    const encoder = new TextEncoder();
    const path = (...labels: string[]): Uint8Array[] => [
      encoder.encode('canister'),
      own.toUint8Array(),
      ...labels.map((label) => encoder.encode(label)),
    ];
    const paths = [path('module_hash'), path('controllers'), path('metadata', 'candid:service')];
    const { certificate } = await ownAgent.readState({ canisterId: own }, { paths });
    const checked = await Certificate.create({ certificate, rootKey: await ownAgent.fetchRootKey(), principal: { canisterId: own } });
    const valueAt = (at: Uint8Array[]): Uint8Array => {
      const result = checked.lookup_path(at);
      assert.ok('value' in result, `no value at ${at.map((label) => new TextDecoder().decode(label)).join('/')}`);
      return result.value;
    };
    assert.equal(valueAt(path('module_hash')).length, 32);
    const controllers = Cbor.decode<Uint8Array[]>(Uint8Array.from(valueAt(path('controllers'))));
    assert.deepEqual(
      controllers.map((id) => [...id]),
      [[...owner.getPrincipal().toUint8Array()]],
    );
    assert.match(new TextDecoder().decode(valueAt(path('metadata', 'candid:service'))), /inc/);
    assert.match(candid, /inc/);
  });

  it('upgrades and keeps what Motoko keeps', async () => {
    const counter = counterOf(agent);
    const count = await counter.inc();
    const { wasm } = await motokoCanister('counter');
    await assert.rejects(installCode(agent, canisterId, { mode: { upgrade: [] }, wasm }), /wasm_memory_persistence/);
    await installCode(agent, canisterId, { mode: UPGRADE_KEEPING_HEAP, wasm });
    assert.equal(await counter.get(), count);
    const status = await managementOf(agent, canisterId).canister_status({ canister_id: canisterId });
    assert.deepEqual(status.status, { running: null });
    assert.ok(status.cycles > 0n && status.memory_size > 0n);
  });

  it('certifies data that a canister chose', async () => {
    const certified = await installCanister(agent, (await motokoCanister('certified')).wasm);
    const factory: IDL.InterfaceFactory = ({ IDL: idl }) =>
      idl.Service({
        set: idl.Func([idl.Vec(idl.Nat8)], [], []),
        get: idl.Func([], [idl.Record({ data: idl.Vec(idl.Nat8), certificate: idl.Opt(idl.Vec(idl.Nat8)) })], ['query']),
      });
    type Certified = { set: ActorMethod<[Uint8Array]>; get: ActorMethod<[], { data: Uint8Array; certificate: [Uint8Array] | [] }> };
    const actor = Actor.createActor<Certified>(factory, { agent, canisterId: certified });
    const data = Uint8Array.from({ length: 32 }, (_, index) => index);
    await actor.set(data);
    const { certificate } = await actor.get();
    const [bytes] = certificate;
    assert.ok(bytes !== undefined, 'a query sees a certificate');
    const checked = await Certificate.create({
      certificate: Uint8Array.from(bytes),
      rootKey: await agent.fetchRootKey(),
      principal: { canisterId: certified },
    });
    const found = checked.lookup_path([
      new TextEncoder().encode('canister'),
      certified.toUint8Array(),
      new TextEncoder().encode('certified_data'),
    ]);
    assert.ok('value' in found);
    assert.deepEqual(Uint8Array.from(found.value), data);
  });

  it('carries raw bytes to a canister without Candid', async () => {
    const raw = await installCanister(agent, await cCanister());
    const { reply } = await agent.update(raw, { methodName: 'inc', arg: littleEndian(7n), effectiveCanisterId: raw });
    assert.deepEqual(Uint8Array.from(reply), littleEndian(7n));
    const answer = await agent.query(raw, { methodName: 'get', arg: new Uint8Array() });
    assert.ok('reply' in answer);
    assert.deepEqual(Uint8Array.from(answer.reply.arg), littleEndian(7n));
  });

  it('refuses a reply that was tampered with', async () => {
    const tampering: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      const body = new Uint8Array(await response.arrayBuffer());
      const at = body.length - 20;
      body[at] = (body[at] ?? 0) ^ 1;
      return new Response(body, { status: response.status, headers: response.headers });
    };
    const rootKey = await agent.fetchRootKey();
    const deceived = await HttpAgent.create({ host: node.url, rootKey, fetch: tampering, retryTimes: 0 });
    await assert.rejects(counterOf(deceived).inc());
    await assert.rejects(counterOf(deceived).get());
  });
});
