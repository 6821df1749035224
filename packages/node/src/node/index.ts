export { openLocalNode } from './open-local-node.ts';
export type { LocalNode } from './open-local-node.ts';
export { createNodeLog } from './node-log.ts';
export type { NodeLog } from './node-log.ts';
export { openNode } from './open-node.ts';
export type { NodeOptions, RunningNode } from './running-node.ts';
