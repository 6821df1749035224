/**
 * What the tests of published clients share: a node to run against, and how to install canisters on it.
 * @module
 */
export { UPGRADE_KEEPING_HEAP, installCanister, installCode, managementOf, openAgent } from './core-client.ts';
export type { Management } from './core-client.ts';
export { FIRST_CANISTER_ID, managementInterface, NO_ARGUMENTS } from './management-interface.ts';
export { openTestNode } from './test-node.ts';
export type { TestNode } from './test-node.ts';
