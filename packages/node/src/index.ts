export { openLocalNode, openNode } from './node/index.ts';
export type { LocalNode, NodeOptions, RunningNode } from './node/index.ts';
export { copyNetwork, exportState, importState, Replica, verifyState } from './replica/index.ts';
export type { ImportedState, StateFigures, StateSummary } from './replica/index.ts';
