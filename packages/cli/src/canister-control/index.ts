/**
 * What is done to canisters by hand: made, started, stopped, changed, removed, listed.
 * @module
 */
export { createEmptyCanister } from './create.ts';
export type { CreateRequest } from './create.ts';
export { listCanisters, printCanisterId } from './list.ts';
export type { ListRequest } from './list.ts';
export { deleteCanister, uninstallCanister } from './remove.ts';
export type { RemovalRequest } from './remove.ts';
export { startCanister, stopCanister } from './run-state.ts';
export { SETTINGS } from './settings-table.ts';
export { canisterSettings } from './settings.ts';
export type { SettingsRequest } from './settings.ts';
