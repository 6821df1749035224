/** `@dfinity/agent` 0.19.3, unmodified: the `/api/v2` endpoints, asynchronous calls and polling. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Actor, HttpAgent, type ActorMethod, type ActorSubclass } from '@dfinity/agent';
import type { IDL } from '@dfinity/candid';
import { Ed25519KeyIdentity } from '@dfinity/identity';
import { Principal } from '@dfinity/principal';
import { motokoCanister } from '@myelin/test-canisters';
import { FIRST_CANISTER_ID, managementInterface, NO_ARGUMENTS, openTestNode, type TestNode } from '@myelin/test-clients';

type Counter = {
  readonly inc: ActorMethod<[], bigint>;
  readonly get: ActorMethod<[], bigint>;
  readonly incThenTrap: ActorMethod<[], bigint>;
  readonly whoami: ActorMethod<[], Principal>;
};

type Management = {
  readonly provisional_create_canister_with_cycles: ActorMethod<
    [{ amount: bigint[]; settings: []; specified_id: [] }],
    { canister_id: Principal }
  >;
  readonly install_code: ActorMethod<[{ mode: object; canister_id: Principal; wasm_module: Uint8Array; arg: Uint8Array }], undefined>;
};

const counterInterface: IDL.InterfaceFactory = ({ IDL: idl }) =>
  idl.Service({
    inc: idl.Func([], [idl.Nat], []),
    get: idl.Func([], [idl.Nat], ['query']),
    incThenTrap: idl.Func([], [idl.Nat], []),
    whoami: idl.Func([], [idl.Principal], ['query']),
  });

describe('@dfinity/agent 0.19', () => {
  let node: TestNode;
  const identity = Ed25519KeyIdentity.generate();
  let counter: ActorSubclass<Counter>;

  async function open(): Promise<HttpAgent> {
    const agent = new HttpAgent({ host: node.url, identity });
    await agent.fetchRootKey();
    return agent;
  }

  function managementOf(agent: HttpAgent, canisterId: Principal): Management {
    return Actor.createActor<Management>(managementInterface as unknown as IDL.InterfaceFactory, {
      agent,
      // This version's Principal.managementCanister() gives another principal.
      canisterId: Principal.fromText('aaaaa-aa'),
      callTransform: () => ({ effectiveCanisterId: canisterId }),
    });
  }

  before(async () => {
    node = await openTestNode();
    const agent = await open();
    const { canister_id: canisterId } = await managementOf(
      agent,
      Principal.fromText(FIRST_CANISTER_ID),
    ).provisional_create_canister_with_cycles({
      amount: [10_000_000_000_000n],
      settings: [],
      specified_id: [],
    });
    const { wasm } = await motokoCanister('counter');
    await managementOf(agent, canisterId).install_code({
      mode: { install: null },
      canister_id: canisterId,
      wasm_module: wasm,
      arg: NO_ARGUMENTS,
    });
    counter = Actor.createActor<Counter>(counterInterface, { agent, canisterId });
  });
  after(() => node.close());

  it('updates by submit and poll, and checks the certificate', async () => {
    assert.equal(await counter.inc(), 1n);
    assert.equal(await counter.inc(), 2n);
  });

  it('queries', async () => {
    assert.equal(await counter.get(), 2n);
    assert.equal((await counter.whoami()).toText(), identity.getPrincipal().toText());
  });

  it('is told why a call was rejected', async () => {
    await assert.rejects(counter.incThenTrap(), /trapped on purpose/);
    assert.equal(await counter.get(), 2n);
  });

  it('reads the status of the node', async () => {
    const status = await new HttpAgent({ host: node.url }).status();
    assert.equal(status['replica_health_status'], 'healthy');
  });
});
