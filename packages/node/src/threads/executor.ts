/**
 * A replica in a thread of its own, as the front of the node holds it.
 * @module
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { NodeIdentity, Position, ReplicaEvent, ReplicaOptions } from '../replica/index.ts';
import type { ExecutorCalls, ExecutorData, ExecutorNews, FeedRequest } from './executor-messages.ts';
import { fromFault } from './faults.ts';
import { startThread } from './start-thread.ts';
import { RemoteCaller, remoteOf } from './remote-calls.ts';

export type Executor = {
  readonly core: ExecutorCalls;
  readonly identity: NodeIdentity;
  /** Where the certified state stood when it was ready. */
  readonly position: Position;
  readonly replayed: number;
  /** Lets the holder of the other end follow the certified states. */
  readonly feed: (port: MessagePort) => void;
  /** Closes the files of the replica and ends its thread. */
  readonly close: () => Promise<void>;
};

/** An end that nobody asked for. */
function ended(code: number): Error {
  return new Error(`the thread of the replica ended by itself with code ${code}: start the node again, and report this`);
}

/**
 * Most that the space for new objects grows to under load, in MiB; twice V8's default. What a batch replaces is still held by the certified state
 * before it, so with less of it many short-lived objects survive two collections and wait for a collection of everything: 3,000 updates/s have a
 * p99 of 268 ms with this, of 348 ms with the default (Node 26, 2 cores).
 */
const YOUNG_MIB_MAX = 192;

/**
 * Starts the thread. Resolves when its certified state is of the present.
 * @param onFault - told once when the replica has to stop.
 * @param onEvent - told of what the operator may want to know.
 * @throws what kept the replica from starting
 */
export async function openExecutor(
  options: ReplicaOptions,
  onFault: (error: unknown) => void,
  onEvent?: (event: ReplicaEvent) => void,
): Promise<Executor> {
  const { port1, port2 } = new MessageChannel();
  const data: ExecutorData = { options, calls: port2 };
  const worker = startThread('./executor-thread', data, [port2], { maxYoungGenerationSizeMb: YOUNG_MIB_MAX });
  const caller = new RemoteCaller(port1);
  const end = async (): Promise<void> => {
    port1.close();
    caller.fail(new Error('this node stops'));
    await worker.terminate();
  };
  const started = Promise.withResolvers<Extract<ExecutorNews, { kind: 'ready' }>>();
  let isClosing = false;
  let hasFailed = false;
  const fail = (error: unknown): void => {
    if (isClosing || hasFailed) return;
    hasFailed = true;
    started.reject(error);
    onFault(error);
  };
  worker.on('message', (news: ExecutorNews) => {
    if (news.kind === 'ready') started.resolve(news);
    else if (news.kind === 'event') onEvent?.(news.event);
    else if (news.kind === 'failed') started.reject(fromFault(news.fault));
    else fail(fromFault(news.fault));
  });
  worker.once('error', (error) => {
    caller.fail(error);
    fail(error);
  });
  worker.once('exit', (code) => {
    caller.fail(ended(code));
    fail(ended(code));
  });
  try {
    const { identity, position, replayed } = await started.promise;
    const core = remoteOf<ExecutorCalls>(caller, [
      'submit',
      'waitForProof',
      'readState',
      'query',
      'manage',
      'certifiedData',
      'freshen',
      'canisterIds',
      'stateFigures',
      'snapshot',
      'listCanisters',
      'readLogs',
      'close',
    ]);
    return {
      core,
      identity,
      position,
      replayed,
      feed: (port) => {
        const request: FeedRequest = { feed: port };
        worker.postMessage(request, [port]);
      },
      close: async () => {
        isClosing = true;
        try {
          await core.close();
        } finally {
          await end();
        }
      },
    };
  } catch (error) {
    isClosing = true;
    await end();
    throw error;
  }
}
