/**
 * Queries on states that are only told by their changes: the same answers as where the whole state is.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ANONYMOUS_PRINCIPAL, fromUtf8, principalToBytes, type PrincipalId, utf8 } from '@myelin/core/base';
import { managementCanister } from '@myelin/core/candid';
import { decodeCertificate, lookupPath } from '@myelin/core/certification';
import { type CallResult, queryManagement, type QueryPrint } from '@myelin/core/execution';
import { createV8Engine, createWasmHasher } from '@myelin/engine';
import { createNetwork, dataPaths, type Network, QueryHost, StateFeed, type StateUpdate } from '@myelin/network';
import { type Program, script, type Statement, universalCanister } from '@myelin/test-canisters';

const SEED = Number(process.env['MYELIN_SEED'] ?? 20_261_127);
const { program, reply, register, setRegister, drop } = script;

/** Numbers from 0 up to `below`. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A follower of a network, at the other end of a slow line that copies what is sent as a thread would. */
class Follower {
  readonly host: QueryHost;
  readonly feed: StateFeed;
  readonly #line: StateUpdate[] = [];
  /** Takes in nothing meanwhile, as a thread that runs something long. */
  isBusy = false;
  /** Questions to the management canister. */
  managed = 0;
  /** What queries printed. */
  readonly prints: QueryPrint[] = [];
  /** Texts beyond these. */
  droppedPrints = 0;

  constructor(network: Network) {
    this.host = new QueryHost({
      subnet: network.state,
      config: network.config,
      engine: createV8Engine({ proveLater: true, instancesMax: 3 }),
      hasher: createWasmHasher(),
      follow: (id, since) => void this.feed.follow(id, since),
      unfollow: (id) => this.feed.unfollow(id),
      heard: () => this.feed.heard(),
      manage: async (query) => {
        this.managed++;
        return { result: queryManagement(network.state, network.config, query), height: network.height };
      },
      dataCertificate: async (id) => {
        const canister = network.canister(id);
        if (canister === undefined) return undefined;
        await setImmediate();
        return { certificate: network.certificate(dataPaths(id)), certifiedData: canister.certifiedData, height: network.height };
      },
      printed: ({ prints, dropped }, stateTimeNs) => {
        assert.equal(stateTimeNs, network.state.timeNs);
        this.prints.push(...prints);
        this.droppedPrints += dropped;
      },
    });
    this.feed = new StateFeed(network.state, {
      send: (update) => {
        this.#line.push(structuredClone(update));
        void setImmediate().then(() => this.isBusy || this.deliver(1));
      },
      nextTurn: () => setImmediate(),
    });
  }

  /** Updates that were sent and not taken in. */
  get underWay(): number {
    return this.#line.length;
  }

  deliver(count: number): void {
    for (const update of this.#line.splice(0, count)) this.host.apply(update);
  }

  async query(network: Network, receiver: PrincipalId, methodName: string, arg: Uint8Array): Promise<CallResult> {
    const outcome = await this.host.query({ sender: ANONYMOUS_PRINCIPAL, receiver, methodName, arg }, { height: network.height });
    assert.equal(outcome.kind, 'answered');
    return outcome.kind === 'answered' ? outcome.result : assert.fail();
  }
}

async function open(): Promise<{ network: Network; ids: PrincipalId[]; follower: Follower; wasm: Uint8Array }> {
  const network = createNetwork();
  const wasm = await universalCanister(['canister_inspect_message']);
  const ids: PrincipalId[] = [];
  for (let index = 0; index < 4; index++) ids.push(await network.deploy(wasm, { arg: program() }));
  return { network, ids, follower: new Follower(network), wasm };
}

/** A query that reads registers, heap, stable memory, cycles and time. */
const look: Program = program(
  reply(register(1), register(2), script.cycleBalance(), script.time(), script.canisterVersion(), script.stableSize(), script.memorySize()),
);

describe('queries on a followed state', () => {
  it('answer as on the whole state, whatever happens to the canisters', { timeout: 120_000 }, async (context) => {
    context.diagnostic(`MYELIN_SEED=${SEED}`);
    const random = randomNumbers(SEED);
    const { network, ids, follower, wasm } = await open();
    const pick = (): PrincipalId => ids[random(ids.length)]!;
    const update = async (id: PrincipalId, ...statements: Statement[]): Promise<void> =>
      void (await network.updateResult(id, 'update', program(...statements, reply())));
    const steps: readonly ((id: PrincipalId) => Promise<void>)[] = [
      (id) => update(id, setRegister(1, `value ${random(1_000)}`)),
      (id) => update(id, setRegister(2, script.filled(random(70_000), random(256)))),
      (id) => update(id, drop(script.stableGrow(1)), script.stableWrite(random(60_000), script.filled(random(5_000), random(256)))),
      (id) => update(id, drop(script.memoryGrow(random(3)))),
      (id) => update(id, setRegister(1, 'undone'), script.trap('no')),
      (id) => network.updateResult(id, 'update', program(script.spin(3_000_000), setRegister(1, 'long'), reply())).then(() => undefined),
      (id) => network.installCode(id, wasm, { mode: random(2) === 0 ? 'upgrade' : 'reinstall', arg: program() }).catch(() => undefined),
      (id) => (random(3) === 0 ? network.stopCanister(id) : network.startCanister(id)),
      (id) => network.updateSettings(id, { environment_variables: [[{ name: 'A', value: `${random(100)}` }]] }),
      async () => network.advanceTime({ seconds: random(20) }),
      async () => void (await network.runBatch()),
    ];
    for (let step = 0; step < 250; step++) {
      await steps[random(steps.length)]!(pick());
      follower.feed.publish(network.state);
      if (random(3) === 0) continue;
      const id = random(20) === 0 ? ('0000000000ffffff0101' as PrincipalId) : pick();
      const readStable = program(script.replyAppend(script.stableRead(0, 65_536)));
      const stable = program(script.choose(script.less(0, script.stableSize()), readStable), reply());
      const arg = [look, stable][random(2)]!;
      const method = random(10) === 0 ? 'nothing' : 'query';
      assert.deepEqual(await follower.query(network, id, method, arg), network.queryResult(id, method, arg), `step ${step}`);
    }
  });

  it('reach the canisters that a composite query calls, and certificates of what the state holds', { timeout: 60_000 }, async () => {
    const { network, ids, follower } = await open();
    const [a, b] = ids as [PrincipalId, PrincipalId];
    const ask = program(
      script.call({
        callee: principalToBytes(b),
        method: 'query',
        argument: program(reply(register(1))),
        onReply: program(reply(script.argument())),
        onReject: program(reply(script.rejectMessage())),
      }),
    );
    for (const text of ['first', 'second']) {
      await network.update(b, 'update', program(setRegister(1, text), reply()));
      await network.update(a, 'update', program(script.setCertifiedData(text), reply()));
      follower.feed.publish(network.state);
      assert.deepEqual(await follower.query(network, a, 'composite_query', ask), { kind: 'reply', data: utf8(text) });
      const certified = await follower.query(network, a, 'query', program(reply(script.dataCertificate())));
      assert.ok(certified.kind === 'reply');
      const found = lookupPath([utf8('canister'), principalToBytes(a), utf8('certified_data')], decodeCertificate(certified.data).tree);
      assert.deepEqual(found.status === 'found' ? found.value : undefined, utf8(text));
    }
  });

  it('ask the management canister where the whole state is, and go on with its answer', { timeout: 60_000 }, async () => {
    const { network, ids, follower } = await open();
    const [a, b] = ids as [PrincipalId, PrincipalId];
    await network.updateSettings(b, { log_visibility: [{ public: null }] });
    follower.feed.publish(network.state);
    for (const id of [b, a]) {
      const asked = program(
        script.call({
          callee: principalToBytes('' as PrincipalId),
          method: 'fetch_canister_logs',
          argument: script.bytes(managementCanister.fetch_canister_logs.args.encode([{ canister_id: id }])),
          onReply: program(reply('logs: ', script.argument())),
          onReject: program(reply(script.rejectMessage())),
        }),
      );
      const expected = network.queryResult(a, 'composite_query', asked);
      assert.ok(expected.kind === 'reply');
      assert.match(Buffer.from(expected.data).toString('latin1'), id === b ? /^logs: DIDL/ : /./);
      assert.deepEqual(await follower.query(network, a, 'composite_query', asked), expected);
    }
    assert.equal(follower.managed, 2);
  });

  it('tell what they printed once, though they ran again for what they lacked, and leave nothing of it', { timeout: 60_000 }, async () => {
    const { network, ids, follower } = await open();
    const [a, b] = ids as [PrincipalId, PrincipalId];
    const print = script.debugPrint;
    const told = (): unknown[] =>
      follower.prints
        .splice(0)
        .flatMap(({ canister, by, methodName, texts }) =>
          texts.map((text) => `${canister === a ? 'a' : 'b'} ${by} ${methodName}: ${fromUtf8(text)}`),
        );
    const ask = program(
      print('before the call'),
      script.call({
        callee: principalToBytes(b),
        method: 'query',
        argument: program(print('in the other'), reply('x')),
        onReply: program(print('after the call'), reply(script.argument())),
      }),
    );
    const digest = network.digest();
    assert.deepEqual(await follower.query(network, a, 'composite_query', ask), { kind: 'reply', data: utf8('x') });
    assert.deepEqual(told(), [
      'a composite_query composite_query: before the call',
      'b query query: in the other',
      'a composite_query composite_query: after the call',
    ]);
    await follower.query(network, b, 'query', program(print('certified'), reply(script.dataCertificate())));
    assert.deepEqual(told(), ['b query query: certified']);
    await follower.query(network, a, 'query', program(print('one'), script.trap('two')));
    await follower.query(network, a, 'query', program(reply('silent')));
    assert.deepEqual(told(), [
      'a query query: one',
      'a query query: two',
      "a query query: [TRAP]: Canister called `ic0.trap` with message: 'two'",
    ]);
    assert.equal(network.digest(), digest);
    assert.equal(network.canister(a)?.nextLogIndex, 0);
  });

  it('print no more than the log of the canister has room for', { timeout: 60_000 }, async () => {
    const { network, ids, follower } = await open();
    const [a] = ids as [PrincipalId];
    const flood = program(...Array.from({ length: 10 }, () => script.debugPrint(script.filled(1_000, 65))), reply());
    await follower.query(network, a, 'query', flood);
    const [print] = follower.prints.splice(0);
    assert.ok(print !== undefined && print.texts.length >= 4);
    assert.equal(print.texts.length + print.unkept, 10);
    assert.ok(print.texts.reduce((total, { length }) => total + length, 0) <= 4_096);
    await network.updateSettings(a, { log_memory_limit: [0n] });
    follower.feed.publish(network.state);
    await follower.query(network, a, 'query', flood);
    await follower.query(network, a, 'query', program(script.trap('unheard')));
    assert.deepEqual(follower.prints, []);
  });

  it('hand on no more than so many texts, of all that they called together', { timeout: 60_000 }, async () => {
    const { network, ids, follower } = await open();
    const [a, b] = ids as [PrincipalId, PrincipalId];
    const prints = Array.from({ length: 150 }, () => script.debugPrint('x'));
    const asked = program(...prints, reply('x'));
    const ask = program(
      ...prints,
      script.call({ callee: principalToBytes(b), method: 'query', argument: asked, onReply: program(...prints, reply('heard')) }),
    );
    assert.deepEqual(await follower.query(network, a, 'composite_query', ask), { kind: 'reply', data: utf8('heard') });
    const told = follower.prints.map(({ canister, texts }) => [canister === a ? 'a' : 'b', texts.length]);
    assert.deepEqual(told, [
      ['a', 150],
      ['b', 100],
    ]);
    assert.ok(follower.prints.every(({ texts, unkept }) => texts.length + unkept <= 150));
    assert.equal(follower.droppedPrints, 200);
  });

  it('wait for the state that they have to see', { timeout: 60_000 }, async () => {
    const { network, ids, follower } = await open();
    const [id] = ids as [PrincipalId];
    await follower.query(network, id, 'query', program(reply()));
    await network.update(id, 'update', program(setRegister(1, 'seen'), reply()));
    const asked = follower.query(network, id, 'query', program(reply(register(1))));
    await setImmediate();
    follower.feed.publish(network.state);
    assert.deepEqual(await asked, { kind: 'reply', data: utf8('seen') });
  });

  it('ask canisters whether they take a message', { timeout: 60_000 }, async () => {
    const { network, ids, follower } = await open();
    const [id] = ids as [PrincipalId];
    const inspect = { sender: ANONYMOUS_PRINCIPAL, receiver: id, methodName: 'update', arg: new Uint8Array(0) };
    await network.update(id, 'update', program(script.onInspect(program(script.acceptMessage())), reply())).catch(() => undefined);
    follower.feed.publish(network.state);
    const expected = network.inspect(id, 'update', new Uint8Array(0));
    assert.deepEqual(await follower.host.inspect(inspect, { height: network.height }), { kind: 'inspected', error: expected });
    await network.update(id, 'update', program(script.onInspect(program(script.debugPrint('who asks'), script.acceptMessage())), reply()));
    follower.feed.publish(network.state);
    await follower.host.inspect({ ...inspect, methodName: 'anything' }, { height: network.height });
    assert.deepEqual(
      follower.prints.map(({ by, methodName, texts }) => [by, methodName, texts.map((text) => fromUtf8(text))]),
      [['inspect_message', 'anything', ['who asks']]],
    );
  });

  it('run once, though several hosts were asked, and not before the state is there', { timeout: 60_000 }, async () => {
    const { network, ids, follower } = await open();
    const [receiver] = ids as [PrincipalId];
    const query = { sender: ANONYMOUS_PRINCIPAL, receiver, methodName: 'query', arg: program(reply('once')) };
    await network.update(receiver, 'update', program(reply()));
    let taken = 0;
    const take = (): boolean => taken++ === 0;
    const asked = [query, query, query].map((one) => follower.host.query(one, { height: network.height, take }));
    await setImmediate();
    assert.equal(taken, 0);
    follower.feed.publish(network.state);
    assert.deepEqual(
      (await Promise.all(asked)).map(({ kind }) => kind),
      ['answered', 'taken', 'taken'],
    );
  });

  it('hear of what came while they were busy in one go: nothing piles up', { timeout: 60_000 }, async () => {
    const { network, ids, follower } = await open();
    const [a, b] = ids as [PrincipalId, PrincipalId];
    await follower.query(network, a, 'query', program(reply()));
    follower.isBusy = true;
    for (let round = 0; round < 200; round++) {
      await network.update(round % 2 === 0 ? a : b, 'update', program(setRegister(1, `round ${round}`), reply()));
      follower.feed.publish(network.state);
    }
    assert.ok(follower.underWay < 100, `${follower.underWay} updates`);
    follower.isBusy = false;
    // One canister was followed already, the other comes whole while the first is still behind.
    const asked = [b, a].map((id) => follower.query(network, id, 'query', program(reply(register(1)))));
    while (follower.underWay > 0) {
      follower.deliver(1);
      await setImmediate();
    }
    assert.deepEqual(
      await Promise.all(asked),
      [199, 198].map((round) => ({ kind: 'reply', data: utf8(`round ${round}`) })),
    );
  });
});
