export { openNode } from './replica/open-node.ts';
export type { NodeOptions, RunningNode } from './replica/open-node.ts';
export { Replica } from './replica/replica.ts';
