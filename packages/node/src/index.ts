export { exportState, importState, openNode, verifyState } from './replica/index.ts';
export type { NodeOptions, RunningNode, StateSummary } from './replica/index.ts';
export { Replica } from './replica/index.ts';
