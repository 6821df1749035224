/**
 * Program: a node on a free port. Argument: its state directory, or nothing for a node in memory. Sends its URL over the channel, and
 * whenever it is asked anything what it has used: processor time, memory, and how late its event loop was since it was last asked. With
 * `--expose-gc` the heap is collected before it is looked at.
 * @module
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openNode } from '@myelin/node';

/** What the node has used. Bytes, microseconds, milliseconds. */
export type NodeUsage = {
  readonly cpuUs: number;
  /** Of the thread that listens. */
  readonly heapBytes: number;
  readonly outsideHeapBytes: number;
  readonly loopDelayP99: number;
  readonly loopDelayMax: number;
};

const [stateDirectory] = process.argv.slice(2);
const node = await openNode({
  stateDirectory,
  host: '127.0.0.1',
  port: 0,
  onFault: (error) => {
    console.error('the node stopped by itself:', error);
    process.exit(1);
  },
});
const close = (): void => void node.close().then(() => process.exit(0));
process.once('SIGTERM', close);
process.once('disconnect', close);
const loopDelay = monitorEventLoopDelay({ resolution: 10 });
loopDelay.enable();
const NS_PER_MS = 1e6;
process.on('message', () => {
  // Before the collection, which holds the loop up itself.
  const delay = { loopDelayP99: loopDelay.percentile(99) / NS_PER_MS, loopDelayMax: loopDelay.max / NS_PER_MS };
  globalThis.gc?.();
  loopDelay.reset();
  const { user, system } = process.cpuUsage();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ cpuUs: user + system, heapBytes: heapUsed, outsideHeapBytes: external, ...delay } satisfies NodeUsage);
});
process.send?.({ url: node.url });
