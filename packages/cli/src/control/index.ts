export { findNode, stopNode } from './control-client.ts';
export type { FoundNode } from './control-client.ts';
export { openControlServer } from './control-server.ts';
export type { ControlledNode, ControlServer } from './control-server.ts';
export { factsJson } from './node-facts.ts';
export type { NetworkFacts, NodeFacts, NodePhase } from './node-facts.ts';
