/**
 * Composition root of a node: endpoints in this thread, the replica and queries in others.
 * @module
 */
import { openExecutor, QueryPool } from '../threads/index.ts';
import { Front } from '../front/index.ts';
import { silentLogger } from '../logging/index.ts';
import { settleCollector } from './collector.ts';
import { createNodeLog } from './node-log.ts';
import { type NodeOptions, type RunningNode, serveNode } from './running-node.ts';
import { createNetworkClock } from '../replica/index.ts';

/** Starts a node. Resolves when it answers requests. */
export async function openNode(options: NodeOptions): Promise<RunningNode> {
  settleCollector();
  const { stateDirectory, clean, checkpoints, onFault } = options;
  const log = createNodeLog(options.logger ?? silentLogger);
  const executor = await openExecutor(
    { stateDirectory, ...(clean === undefined ? {} : { clean }), ...(checkpoints === undefined ? {} : { checkpoints }) },
    onFault,
    log.event,
  );
  const { core, identity, position, replayed } = executor;
  const queries = new QueryPool({
    identity,
    feed: executor.feed,
    onFault,
    served: {
      dataCertificate: async (id) => {
        const found = await core.certifiedData(id);
        if (found === undefined) return undefined;
        return { certificate: front.seal(found.proof), certifiedData: found.certifiedData, height: found.proof.height };
      },
      manage: (query) => core.manage(query),
    },
  });
  const front = new Front({ core, identity, queries, position, nowNs: createNetworkClock(position.timeNs) });
  const close = async (): Promise<void> => {
    await queries.close();
    await executor.close();
  };
  return await serveNode(front, { replayed, close }, options);
}
