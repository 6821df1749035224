/**
 * Outcomes of execution as the endpoints answer them.
 * @module
 */
import { type CallResult, errorCodeText, rejectCodeOf, type UserError } from '@myelin/core/execution';
import type { QueryAnswer, SubmitRefusal } from '../http/index.ts';

/** The answer to a query. */
export function toAnswer(result: CallResult): QueryAnswer {
  if (result.kind === 'reply') return { status: 'replied', arg: result.data };
  return {
    status: 'rejected',
    rejectCode: result.rejectCode,
    rejectMessage: result.message,
    errorCode: errorCodeText(result.errorCode),
  };
}

/** The answer to a message that is not taken in. */
export function refusalOf(error: UserError): SubmitRefusal {
  return { kind: 'rejected', rejectCode: rejectCodeOf(error.code), rejectMessage: error.message, errorCode: errorCodeText(error.code) };
}
