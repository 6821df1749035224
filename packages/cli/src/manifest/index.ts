/**
 * Project files of other tools: what they say of canisters.
 * @module
 */
export { parseBytes, parseSeconds } from './amounts.ts';
export { findProject } from './find.ts';
export { isRemote } from './model.ts';
export type {
  BuildStep,
  CanisterSource,
  InstallArgument,
  MetadataSection,
  ModuleTreatment,
  NamedSettings,
  NetworkPlace,
  PrebuiltSource,
  Project,
  ProjectCanister,
  RemoteCanister,
} from './model.ts';
export { parseManifest } from './document.ts';
export type { ManifestValue } from './document.ts';
export { inOrder, readCanisters } from './selection.ts';
export { splitArguments } from './split-arguments.ts';
