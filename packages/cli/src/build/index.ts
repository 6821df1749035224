/**
 * From the sources of a canister to a module.
 * @module
 */
export { putMetadata } from './custom-sections.ts';
export type { BuildContext, BuiltModule, PreparedBuild, WatchedPaths } from './ports.ts';
export { prepareBuild } from './prepare.ts';
export { runShell } from './shell.ts';
export { treatModule } from './treatment.ts';
export { commandVariables, environmentFileLines } from './variables.ts';
