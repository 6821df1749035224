/**
 * Reject codes and error codes, as clients see them.
 *
 * The text of a code is `IC` and four digits; its first digit is the reject code.
 * Source: IC interface spec, "Reject codes", "Error codes"; numbers of dfinity/ic ic-error-types.
 * @module
 */

/** Reject codes of the interface specification. */
export const RejectCode = {
  SysFatal: 1,
  SysTransient: 2,
  DestinationInvalid: 3,
  CanisterReject: 4,
  CanisterError: 5,
  SysUnknown: 6,
} as const;

export const ErrorCode = {
  SubnetOversubscribed: 101,
  MaxNumberOfCanistersReached: 102,
  CanisterQueueFull: 201,
  IngressMessageTimeout: 202,
  CanisterQueueNotEmpty: 203,
  IngressHistoryFull: 204,
  CanisterIdAlreadyExists: 205,
  StopCanisterRequestTimeout: 206,
  CanisterOutOfCycles: 207,
  CanisterInstallCodeRateLimited: 209,
  CanisterNotFound: 301,
  InsufficientMemoryAllocation: 402,
  InsufficientCyclesForCreateCanister: 403,
  SubnetNotFound: 404,
  CanisterNotHostedBySubnet: 405,
  CanisterRejectedMessage: 406,
  UnknownManagementMessage: 407,
  InvalidManagementPayload: 408,
  InvalidSubnetAdmin: 410,
  CanisterTrapped: 502,
  CanisterCalledTrap: 503,
  CanisterContractViolation: 504,
  CanisterInvalidWasm: 505,
  CanisterDidNotReply: 506,
  CanisterOutOfMemory: 507,
  CanisterStopped: 508,
  CanisterStopping: 509,
  CanisterNotStopped: 510,
  CanisterStoppingCancelled: 511,
  CanisterInvalidController: 512,
  CanisterFunctionNotFound: 513,
  CanisterNonEmpty: 514,
  QueryCallGraphLoopDetected: 517,
  InsufficientCyclesInCall: 520,
  CanisterInstructionLimitExceeded: 522,
  CanisterMemoryAccessLimitExceeded: 524,
  QueryCallGraphTooDeep: 525,
  QueryCallGraphTotalInstructionLimitExceeded: 526,
  CompositeQueryCalledInReplicatedMode: 527,
  QueryCallGraphInternal: 529,
  InsufficientCyclesInComputeAllocation: 530,
  InsufficientCyclesInMemoryAllocation: 531,
  InsufficientCyclesInMemoryGrow: 532,
  InsufficientCyclesInMessageMemoryGrow: 535,
  CanisterMethodNotFound: 536,
  CanisterWasmModuleNotFound: 537,
  CanisterAlreadyInstalled: 538,
  CanisterWasmMemoryLimitExceeded: 539,
  ReservedCyclesLimitIsTooLow: 540,
  CanisterStatusAccessDenied: 542,
  DeadlineExpired: 601,
  ResponseDropped: 602,
} as const;

/** Text form, such as `IC0503`. */
export function errorCodeText(code: number): string {
  return `IC${String(code).padStart(4, '0')}`;
}

/** Reject code of an error code: its first digit. */
export function rejectCodeOf(code: number): number {
  return Math.trunc(code / 100);
}

/** Longest reject message kept, in units of UTF-16; longer ones are shortened in the middle. */
const MESSAGE_LENGTH_MAX = 8192;

const isHighSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xd800;

/** Shortens a message in the middle when it is too long to keep, between two characters on either side. */
export function boundMessage(message: string): string {
  if (message.length <= MESSAGE_LENGTH_MAX) return message;
  const half = MESSAGE_LENGTH_MAX / 2 - 3;
  const end = isHighSurrogate(message.charCodeAt(half - 1)) ? half - 1 : half;
  const last = message.length - half;
  const begin = isHighSurrogate(message.charCodeAt(last - 1)) ? last + 1 : last;
  return `${message.slice(0, end)}...${message.slice(begin)}`;
}

/** A failure that the caller sees as a reject. `message` is the whole text. */
export type UserError = { readonly code: number; readonly message: string };

/** @param message - may quote what the caller sent, however long: it is shortened. */
export function userError(code: number, message: string): UserError {
  return { code, message: boundMessage(message) };
}
