/**
 * Canisters in tests: a network inside the test's own process, with files deployed on it.
 * @module
 */
export { createTestNetwork } from './test-network.ts';
export type { TestDeployOptions, TestNetwork } from './test-network.ts';
export type { TestCanister } from './test-canister.ts';
