/**
 * A node in one thread: the same parts as `openNode`, where a test can look at the state.
 * @module
 */
import type { SubnetHost } from '@myelin/network';
import { Front } from '../front/index.ts';
import { openReplica, createNetworkClock } from '../replica/index.ts';
import { silentLogger } from '../logging/index.ts';
import { settleCollector } from './collector.ts';
import { createNodeLog } from './node-log.ts';
import { type NodeOptions, type RunningNode, serveNode } from './running-node.ts';

export type LocalNode = RunningNode & { readonly host: SubnetHost };

/** Starts a node in this thread. Resolves when it answers requests. */
export async function openLocalNode(options: NodeOptions): Promise<LocalNode> {
  settleCollector();
  const log = createNodeLog(options.logger ?? silentLogger);
  const opened = await openReplica(options, { onFault: options.onFault, onEvent: log.event });
  const { host, identity, replica } = opened;
  const { height, timeNs } = host.certified.state;
  const front = new Front({ core: replica, identity, position: { height, timeNs }, nowNs: createNetworkClock(timeNs) });
  return { ...(await serveNode(front, opened, options)), host };
}
