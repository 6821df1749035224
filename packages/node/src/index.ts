export { openNode } from './replica/index.ts';
export type { NodeOptions, RunningNode } from './replica/index.ts';
export { Replica } from './replica/index.ts';
