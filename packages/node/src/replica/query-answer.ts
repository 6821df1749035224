/**
 * Calls and outcomes between the endpoints and execution.
 * @module
 */
import { type CallResult, errorCodeText, type Query, rejectCodeOf, type UserError } from '@myelin/core/execution';
import type { QueryAnswer, QueryCall, SubmitRefusal } from '../http/index.ts';

/** A call of the endpoints as execution takes it. */
export function toQuery({ sender, canisterId: receiver, methodName, arg, senderInfo }: Omit<QueryCall, 'requestId'>): Query {
  return { sender, receiver, methodName, arg, ...(senderInfo === undefined ? {} : { senderInfo }) };
}

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
