export { openLocalNode } from './open-local-node.ts';
export type { LocalNode } from './open-local-node.ts';
export { openNode } from './open-node.ts';
export type { NodeOptions, RunningNode } from './running-node.ts';
