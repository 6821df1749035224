export {
  forgetCanisterId,
  knownCanisterNames,
  readAllCanisterIds,
  readCanisterIds,
  rememberCanisterId,
  replaceCanisterIds,
} from './canister-ids.ts';
export type { KnownNetwork } from './canister-ids.ts';
export { decodeCanisterNames, encodeCanisterNames } from './canister-names.ts';
export { readControlRecord, removeControlRecord, writeControlRecord } from './control-record.ts';
export type { ControlRecord } from './control-record.ts';
export { withOlderCommand } from './older-state.ts';
export {
  DEFAULT_STATE_FOLDER,
  makeStateFolder,
  networkFolder,
  readJson,
  readNodeRecord,
  removeNodeRecord,
  writeNodeRecord,
  writeWhole,
} from './state-folder.ts';
export type { NodeRecord } from './state-folder.ts';
export { holdStateFolder, isStateFolderLocked, lockStateFolder } from './state-lock.ts';
export type { StateLock } from './state-lock.ts';
