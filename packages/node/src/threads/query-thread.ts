/**
 * Program of a thread: runs queries on the certified states that it is told of.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { present, type PrincipalId } from '@myelin/core/base';
import { createV8Engine } from '@myelin/engine';
import { QueryHost, type QueryNeeds } from '@myelin/network';
import { PrintedOutbox } from '../canister-logs/index.ts';
import { createNodeEd25519Signer, nodeVerifier } from '../crypto/index.ts';
import { createHasher, createNetworkClock, inBaseline, refusalOf, toAnswer, toQuery } from '../replica/index.ts';
import { watchThread } from '../metrics/index.ts';
import { signAnswer } from '../front/index.ts';
import type { FollowerNews, FollowerWord } from './executor-messages.ts';
import type { FrontCalls, QueryCalls, QueryThreadData, QueryThreadNews } from './query-messages.ts';
import { RemoteCaller, remoteOf, serveCalls } from './remote-calls.ts';
import { takeTicket, type Ticket } from './tickets.ts';

const { identity, calls, feed, tickets, progress } = workerData as QueryThreadData;
const moves = new Int32Array(progress);

/** A part of what one source may have here at a time, so that the front has answers to write while the rest runs. */
const QUERIES_AT_ONCE = 8;

function say(word: FollowerWord): void {
  feed.postMessage(word);
}

const front = remoteOf<FrontCalls>(new RemoteCaller(calls), ['dataCertificate', 'manage']);
const signer = createNodeEd25519Signer(identity.nodeSeed);
const engine = createV8Engine({ inBaseline });
const thread = watchThread();
const nowNs = createNetworkClock(0n);
const outbox = new PrintedOutbox((printed) => say({ printed }));
const host = new QueryHost({
  subnet: { subnet: identity.subnet, rootKey: identity.rootKeyDer },
  config: identity.config,
  engine,
  hasher: createHasher(),
  follow: (id: PrincipalId, since) => say({ follow: id, since }),
  unfollow: (id) => say({ unfollow: id }),
  heard: () => say({ heard: true }),
  dataCertificate: (id) => front.dataCertificate(id),
  manage: (query) => front.manage(query),
  printed: (printed, stateTimeNs) => {
    const now = nowNs();
    outbox.add(printed, now > stateTimeNs ? now : stateTimeNs);
  },
});
feed.on('message', (news: FollowerNews) => {
  if ('taken' in news) outbox.taken();
  else host.apply(news);
});

function moved(): void {
  Atomics.add(moves, 0, 1);
}

/** @returns what a query needs; it begins when its ticket is taken. */
function needs(height: bigint, ticket: Ticket | undefined): QueryNeeds & { readonly take: () => boolean } {
  const take = (): boolean => {
    moved();
    return ticket === undefined || takeTicket(tickets, ticket);
  };
  return { height, take };
}

const served: QueryCalls = {
  async query(call, height, { unsigned, claim }, ticket) {
    const { take } = needs(height, ticket);
    let isUnproven = false;
    // After the ticket, so that one thread verifies it.
    const takeProven = (): boolean => {
      if (!take()) return false;
      isUnproven = claim !== undefined && !nodeVerifier.verify(...claim);
      return !isUnproven;
    };
    const outcome = await host.query(toQuery(call), { height, take: takeProven });
    moved();
    if (isUnproven) return 'unproven';
    if (outcome.kind !== 'answered') return outcome.kind === 'taken' ? 'taken' : undefined;
    const answer = toAnswer(outcome.result);
    const { timeNs: timestampNs } = outcome;
    const signature = unsigned ? undefined : signAnswer(signer, call, answer, timestampNs);
    return { answer, timestampNs, height: outcome.height, signature };
  },
  async inspect(message, height, ticket) {
    const outcome = await host.inspect(toQuery(message), needs(height, ticket));
    moved();
    if (outcome.kind !== 'inspected') return outcome.kind;
    return outcome.error === undefined ? 'welcome' : refusalOf(outcome.error);
  },
  async load() {
    const { instances, modules } = engine.counters;
    const caches = [
      { name: 'instances', size: engine.instanceCount, ...instances },
      { name: 'compiled_modules', size: undefined, ...modules },
    ];
    return { ...thread.read(), caches };
  },
};
serveCalls(calls, served, QUERIES_AT_ONCE);
const news: QueryThreadNews = 'ready';
present(parentPort, 'this program runs in a thread').postMessage(news);
