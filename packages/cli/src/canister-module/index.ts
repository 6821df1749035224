/**
 * Modules of canisters as files: read, looked at.
 * @module
 */
export { inspectModule, readModuleFile } from './module-file.ts';
export type { DeployableModule } from './module-file.ts';
