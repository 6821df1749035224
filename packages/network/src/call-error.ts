/**
 * A call that was rejected.
 * @module
 */
import { IcError } from '@myelin/core/base';
import { type CallResult, errorCodeText } from '@myelin/core/execution';

/** Detail of the `IcError` that rejected calls throw. */
export type CallRejected = {
  readonly code: 'CALL_REJECTED';
  /** Reject code of the interface specification, 1 to 6. */
  readonly rejectCode: number;
  readonly rejectMessage: string;
  /** `IC` and four digits. */
  readonly errorCode: string;
};

/** Bytes of the reply. @throws IcError `CALL_REJECTED` */
export function replyOf(result: CallResult): Uint8Array {
  if (result.kind === 'reply') return result.data;
  const detail: CallRejected = {
    code: 'CALL_REJECTED',
    rejectCode: result.rejectCode,
    rejectMessage: result.message,
    errorCode: errorCodeText(result.errorCode),
  };
  throw new IcError(detail, `the call was rejected (${detail.errorCode}, reject code ${detail.rejectCode}): ${detail.rejectMessage}`);
}
