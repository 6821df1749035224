/**
 * Whoever was told of a state never sees an older one: not by another query thread that has not heard of it yet.
 */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { it } from 'node:test';
import { type PrincipalId, toHex, utf8 } from '@myelin/core/base';
import { createV8Engine } from '@myelin/engine';
import { QueryHost, StateFeed, type StateUpdate, type SubnetHost } from '@myelin/network';
import { script, universalCanister } from '@myelin/test-canisters';
import { Front, type QueryService } from '../../src/front/index.ts';
import type { QueryCall } from '../../src/http/index.ts';
import { serveNode } from '../../src/node/running-node.ts';
import { createHasher, createNetworkClock, type NodeIdentity, openReplica, toAnswer } from '../../src/replica/index.ts';
import { agentOf, install } from '../http/network.ts';

const { program, reply, register, setRegister } = script;

/** What a query thread does, here, with a line that can be held up. */
class Follower implements Omit<QueryService, 'warm'> {
  readonly #host: QueryHost;
  readonly feed: StateFeed;
  #held: StateUpdate[] | undefined;

  constructor({ subnet, rootKeyDer, config }: NodeIdentity, replicaHost: SubnetHost) {
    this.#host = new QueryHost({
      subnet: { subnet, rootKey: rootKeyDer },
      config,
      engine: createV8Engine({ proveLater: true }),
      hasher: createHasher(),
      follow: (id, since) => void this.feed.follow(id, since),
      unfollow: (id) => this.feed.unfollow(id),
      heard: () => this.feed.heard(),
      dataCertificate: async () => undefined,
      manage: async (query) => ({ result: replicaHost.manage(query), height: replicaHost.certified.state.height }),
    });
    this.feed = new StateFeed(replicaHost.certified.state, {
      send: (update) =>
        void (this.#held === undefined ? this.#host.apply(structuredClone(update)) : this.#held.push(structuredClone(update))),
      nextTurn: () => setImmediate(),
    });
  }

  hold(): void {
    this.#held = [];
  }

  letGo(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const update of held) this.#host.apply(update);
  }

  async query({ sender, canisterId: receiver, methodName, arg }: QueryCall, height: bigint): ReturnType<QueryService['query']> {
    const outcome = await this.#host.query({ sender, receiver, methodName, arg }, { height });
    if (outcome.kind !== 'answered') return undefined;
    return { answer: toAnswer(outcome.result), timestampNs: outcome.timeNs, height: outcome.height, signature: undefined };
  }

  async inspect(): Promise<'elsewhere'> {
    return 'elsewhere';
  }
}

it('a query sees at least what an earlier one showed, whichever thread runs it', { timeout: 120_000 }, async () => {
  const followers: Follower[] = [];
  const onFault = (error: unknown): void => assert.fail(String(error));
  const opened = await openReplica(
    { stateDirectory: undefined },
    { onFault, published: ({ certified }) => followers.forEach(({ feed }) => feed.publish(certified.state)) },
  );
  const { host, identity, replica } = opened;
  for (let index = 0; index < 2; index++) followers.push(new Follower(identity, host));
  const [first, second] = followers as [Follower, Follower];
  let chosen: Follower = first;
  const queries: QueryService = {
    warm: () => undefined,
    query: (call, height) => chosen.query(call, height),
    inspect: async () => 'elsewhere',
  };
  const { height, timeNs } = host.certified.state;
  const front = new Front({ core: replica, identity, queries, position: { height, timeNs }, nowNs: createNetworkClock(timeNs) });
  const node = await serveNode(front, opened, { stateDirectory: undefined, host: '127.0.0.1', port: 0, onFault });
  try {
    const agent = await agentOf(node);
    const canister = await install(agent, await universalCanister(), program());
    const call: QueryCall = {
      requestId: new Uint8Array(32),
      sender: '04' as PrincipalId,
      canisterId: toHex(canister.toUint8Array()) as PrincipalId,
      methodName: 'query',
      arg: program(reply(register(1))),
    };
    const ask = async (follower: Follower): Promise<unknown> => {
      chosen = follower;
      const { answer } = await front.query(call);
      return answer.status === 'replied' ? answer.arg : answer;
    };
    assert.deepEqual(await ask(second), utf8(''));
    second.hold();
    // Nobody waits for the outcome: the front hears of the new state by a query alone.
    const before = host.certified.state.height;
    await agent.call(canister, { methodName: 'update', arg: program(setRegister(1, 'new'), reply()), callSync: false });
    while (host.certified.state.height === before) await setImmediate();
    assert.deepEqual(await ask(first), utf8('new'));
    const late = ask(second);
    await setImmediate();
    second.letGo();
    assert.deepEqual(await late, utf8('new'));
  } finally {
    await node.close();
  }
});
