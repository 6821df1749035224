/**
 * Program of a thread: one replica. Nothing else runs here, so that nothing delays its batches.
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { present, type PrincipalId } from '@myelin/core/base';
import { StateFeed } from '@myelin/network';
import { openReplica, type OpenReplica } from '../replica/index.ts';
import type { ExecutorCalls, ExecutorData, ExecutorNews, FeedRequest, FollowerNews, FollowerWord } from './executor-messages.ts';
import { toFault } from './faults.ts';
import { BuilderThread } from './builder.ts';
import { serveCalls } from './remote-calls.ts';

const { options, calls } = workerData as ExecutorData;
const parent = present(parentPort, 'this program runs in a thread');
const feeds = new Set<StateFeed>();

function tell(news: ExecutorNews): void {
  parent.postMessage(news);
}

/** Nothing goes on without what can not be read. */
function stop(error: unknown): void {
  tell({ kind: 'fault', fault: toFault(error) });
}

function feed({ host, replica }: Pick<OpenReplica, 'host' | 'replica'>, port: MessagePort): void {
  const say = (news: FollowerNews): void => port.postMessage(news);
  const states = new StateFeed(host.certified.state, { send: say, nextTurn: setImmediate });
  feeds.add(states);
  port.on('message', (word: FollowerWord) => {
    if ('follow' in word) states.follow(word.follow as PrincipalId, word.since).catch(stop);
    else if ('unfollow' in word) states.unfollow(word.unfollow as PrincipalId);
    else if ('printed' in word) {
      replica.print(word.printed);
      say({ taken: true });
    } else states.heard();
  });
  port.once('close', () => feeds.delete(states));
}

try {
  const builder = new BuilderThread();
  const { replica, host, identity, replayed, close } = await openReplica(options, {
    onFault: stop,
    builder,
    signsElsewhere: true,
    onEvent: (event) => tell({ kind: 'event', event }),
    published: ({ certified }) => {
      for (const states of feeds) states.publish(certified.state);
    },
  });
  parent.on('message', (request: FeedRequest) => feed({ host, replica }, request.feed));
  const served: ExecutorCalls = {
    submit: (...args) => replica.submit(...args),
    waitForProof: (...args) => replica.waitForProof(...args),
    readState: (...args) => replica.readState(...args),
    query: (...args) => replica.query(...args),
    manage: (...args) => replica.manage(...args),
    certifiedData: (...args) => replica.certifiedData(...args),
    freshen: () => replica.freshen(),
    canisterIds: (...args) => replica.canisterIds(...args),
    stateFigures: () => replica.stateFigures(),
    snapshot: () => replica.snapshot(),
    listCanisters: (...args) => replica.listCanisters(...args),
    readLogs: (...args) => replica.readLogs(...args),
    close: async () => {
      await builder.close();
      await close();
    },
  };
  serveCalls(calls, served);
  const { height, timeNs } = host.certified.state;
  tell({ kind: 'ready', identity, position: { height, timeNs }, replayed });
} catch (error) {
  tell({ kind: 'failed', fault: toFault(error) });
}
