/**
 * What failures of requests mean to a person.
 * @module
 */
import {
  AgentError,
  CertificateVerificationErrorCode,
  CertifiedRejectErrorCode,
  ErrorKindEnum,
  HttpErrorCode,
  HttpFetchErrorCode,
  TimeoutWaitingForResponseErrorCode,
  UncertifiedRejectErrorCode,
  UncertifiedRejectUpdateErrorCode,
} from '@icp-sdk/core/agent';
import type { IcError } from '@myelin/core/base';
import { commandFailure, type FailureDetail } from '../terminal/index.ts';

const START_HINT = "start one with 'myelin start' in this folder, or name another with --network URL";

/** What a reject says, and what helps. */
export function rejection(rejectCode: number, message: string, errorCode: string | undefined): IcError<FailureDetail> {
  const code = errorCode === undefined ? `code ${rejectCode}` : `${errorCode}, code ${rejectCode}`;
  return commandFailure('CALL_REJECTED', `the call was rejected (${code}): ${message}`, rejectRemedy(errorCode, message));
}

/** For the rejects that people meet most. Codes are those of the public network's replica. */
function rejectRemedy(errorCode: string | undefined, message: string): string | undefined {
  if (errorCode === 'IC0301' || errorCode === 'IC0305') return 'check the canister id, and that it belongs to this network';
  if (errorCode === 'IC0536' || /has no (update|query) method/.test(message)) return "'myelin canister status ID' lists the methods";
  if (message.includes('Memory-incompatible program upgrade')) {
    return "change the types of the canister's variables so that the old values fit, or start over: 'myelin deploy --mode reinstall' throws its state away";
  }
  if (errorCode === 'IC0512' || errorCode === 'IC0542' || /only controllers|controller/i.test(message))
    return 'only controllers may do this: choose another identity with --identity';
  if (errorCode === 'IC0501' || errorCode === 'IC0532' || errorCode === 'IC0207') return 'give the canister more cycles';
  return undefined;
}

function unreachable(error: unknown, url: string, isLocal: boolean): IcError<FailureDetail> {
  let cause: unknown = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const why = code === 'ECONNREFUSED' ? 'nothing listens there' : cause instanceof Error ? cause.message : String(cause);
  const remedy = isLocal ? START_HINT : 'check the address and your connection';
  return commandFailure('NETWORK_UNREACHABLE', `no network answers at ${url}: ${why}`, remedy, { cause: error });
}

/** Longest refusal that is shown; those of a network are a sentence. */
const REFUSAL_CHARACTERS_MAX = 500;

/** An HTTP status that is no answer. A web page comes from another server: its text would not help. */
function refused({ status, statusText, bodyText = '' }: HttpErrorCode, url: string, cause: AgentError): IcError<FailureDetail> {
  if (bodyText.trimStart().startsWith('<')) {
    const message = `what answers at ${url} is not an Internet Computer: it gave a web page (HTTP ${status})`;
    return commandFailure('NETWORK_REFUSED', message, 'check the address and the port', { cause });
  }
  const why = bodyText === '' ? statusText : bodyText.slice(0, REFUSAL_CHARACTERS_MAX);
  const remedy = why.startsWith('canister_not_found') ? rejectRemedy('IC0301', why) : undefined;
  return commandFailure('NETWORK_REFUSED', `the network refused the request (HTTP ${status}): ${why}`, remedy, { cause });
}

/** Why a certificate or signature was not accepted: the innermost reason, as the client library wraps it with its own stack. */
function whatIsUnproven(code: AgentError['code']): string {
  if (!(code instanceof CertificateVerificationErrorCode)) return code.toErrorMessage().split('\n', 1)[0] ?? '';
  return code.error instanceof AgentError ? whatIsUnproven(code.error.code) : code.reason;
}

function explainAgentError(error: AgentError, url: string, isLocal: boolean): IcError<FailureDetail> {
  const { code, kind } = error;
  if (
    code instanceof CertifiedRejectErrorCode ||
    code instanceof UncertifiedRejectErrorCode ||
    code instanceof UncertifiedRejectUpdateErrorCode
  ) {
    return rejection(code.rejectCode, code.rejectMessage, code.rejectErrorCode);
  }
  if (code instanceof HttpFetchErrorCode) return unreachable(code.error, url, isLocal);
  if (code instanceof HttpErrorCode) {
    return refused(code, url, error);
  }
  if (code instanceof TimeoutWaitingForResponseErrorCode) {
    return commandFailure(
      'CALL_UNANSWERED',
      'the canister has not answered in time',
      'it may still do so; look at its state before you call again',
      { cause: error },
    );
  }
  if (kind === ErrorKindEnum.Trust) {
    return commandFailure(
      'ANSWER_UNTRUSTED',
      `the answer does not prove itself: ${whatIsUnproven(code)}`,
      'check that --root-key, or the state folder, belongs to this network, and that the clocks of both machines agree',
      { cause: error },
    );
  }
  return commandFailure('REQUEST_FAILED', code.toErrorMessage(), undefined, { cause: error });
}

/** Gives a failure of the client library, or of `fetch` below it, its meaning. Others are answered as they are. */
export function explainRequestFailure(error: unknown, url: string, isLocal: boolean): unknown {
  if (error instanceof AgentError) return explainAgentError(error, url, isLocal);
  if (error instanceof TypeError && error.message === 'fetch failed') return unreachable(error, url, isLocal);
  return error;
}
