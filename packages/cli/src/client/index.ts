export { findCanister } from './canister-reference.ts';
export { connect, openConnection } from './connection.ts';
export type { Connection, ConnectionOptions } from './connection.ts';
export { encodeArguments, findMethod, methodLines, readReply, readService } from './interface.ts';
export type { ReadableReply } from './interface.ts';
export { callCanister, callManagement, queryCanister, readCanister, readMetadata } from './requests.ts';
export type { CanisterFacts } from './requests.ts';
export { valueToJson } from './value-json.ts';
