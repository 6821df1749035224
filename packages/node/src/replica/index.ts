export { exportState, importState, verifyState } from './offline-state.ts';
export type { StateSummary } from './offline-state.ts';
export { openNode } from './open-node.ts';
export type { NodeOptions, RunningNode } from './open-node.ts';
export { Replica } from './replica.ts';
export type { ReplicaParts } from './replica.ts';
