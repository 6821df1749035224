/**
 * What the gateway says when a canister cannot serve a page.
 * @module
 */
import { principalToText } from '@myelin/core/base';
import type { PrincipalId } from '@myelin/core/base';
import { failureHeaders } from '../answer.ts';
import { echo } from '../failure.ts';
import type { HttpFailure } from '../failure.ts';
import type { Reject } from '../ports.ts';
import type { ErrorPage } from './pages.ts';

/** Longest reject message that is shown. */
const DETAIL_CHARS_MAX = 4_000;

/** Status, title and advice by error code; a reject without one of these is a failure of the canister (502). */
const BY_CODE: ReadonlyMap<string, readonly [status: number, title: string, advice: string]> = new Map([
  ['IC0207', [503, 'This canister is frozen', 'It has too few cycles left. Its controllers can top it up; it will answer again at once.']],
  ['IC0301', [404, 'There is no such canister', 'The id is well-formed, but no canister has it. Check the address.']],
  ['IC0405', [404, 'This canister is not here', 'This node does not host a canister with that id. Check the address.']],
  ['IC0508', [503, 'This canister is stopped', 'Its controllers can start it again.']],
  ['IC0509', [503, 'This canister is stopping', 'Its controllers can start it again.']],
  ['IC0536', [404, 'This canister serves no pages', 'It has no http_request method; it can still be called by agents.']],
  ['IC0537', [503, 'This canister is empty', 'No code is installed yet. If it is being deployed, try again in a moment.']],
]);

function shorten(text: string): string {
  return text.length > DETAIL_CHARS_MAX ? `${text.slice(0, DETAIL_CHARS_MAX)}…` : text;
}

/** A reject of `http_request`, `http_request_update` or a streaming callback. */
export function rejectPage(canisterId: PrincipalId, reject: Reject): ErrorPage {
  const known = BY_CODE.get(reject.errorCode);
  const detail = shorten(reject.errorCode === '' ? reject.rejectMessage : `${reject.errorCode}: ${reject.rejectMessage}`);
  if (known !== undefined) return { status: known[0], title: known[1], advice: known[2], detail, canisterId };
  if (reject.rejectCode === 2) {
    return {
      status: 503,
      title: 'This canister is busy',
      advice: 'Try again in a moment.',
      detail,
      canisterId,
      headers: [['retry-after', '1']],
    };
  }
  return {
    status: 502,
    title: 'This canister failed',
    advice: 'Its code did not produce a page. The text below is what it or the system said.',
    detail,
    canisterId,
  };
}

/** A canister id outside of the ranges of this node's subnet. */
export function notHostedPage(canisterId: PrincipalId): ErrorPage {
  return rejectPage(canisterId, {
    rejectCode: 3,
    rejectMessage: `Canister ${principalToText(canisterId)} does not belong to this subnet.`,
    errorCode: 'IC0405',
  });
}

/** A response that cannot be made into HTTP. */
export function malformedResponsePage(canisterId: PrincipalId, detail: string): ErrorPage {
  return {
    status: 502,
    title: 'This canister gave an answer that is not a page',
    advice: 'What it returned does not follow the HTTP gateway protocol.',
    detail: shorten(detail),
    canisterId,
  };
}

/** No outcome of an update call in time. */
export function timeoutPage(canisterId: PrincipalId): ErrorPage {
  return {
    status: 504,
    title: 'This canister did not answer in time',
    advice: 'The request was handed over and may still be carried out.',
    canisterId,
  };
}

/** A host that names no canister. */
export function unresolvedPage(host: string): ErrorPage {
  return {
    status: 400,
    title: 'Which canister?',
    advice: `The address names no canister. Use http://<canister id>.localhost:<port>/ or add ?canisterId=<canister id>. The landing page is at /.`,
    detail: `Host: ${echo(host)}`,
  };
}

/** An id that was mistyped. */
export function mistypedIdPage(text: string): ErrorPage {
  return {
    status: 400,
    title: 'This is not a canister id',
    advice: 'The address names a canister by an id that has a mistake in it. Compare it with the original.',
    detail: echo(text),
  };
}

/** A refusal that is not about a canister. */
export function failurePage(failure: HttpFailure): ErrorPage {
  const title =
    failure.status === 413 ? 'The request is too large' : failure.status >= 500 ? 'Try again later' : 'The request cannot be served';
  return { status: failure.status, title, advice: failure.message, headers: failureHeaders(failure) };
}
