/**
 * The endpoints of the HTTPS interface: from a checked request to the replica and back.
 *
 * Source: IC interface specification, "HTTPS Interface".
 * @module
 */
import { ok, principalToBytes, type Result } from '@myelin/core/base';
import { acceptedAnswer, cborAnswer, failureAnswer, type HttpAnswer, overloadedAnswer } from './answer.ts';
import type { HttpContext } from './context.ts';
import { echo, type HttpFailure, refuse } from './failure.ts';
import type { AnsweredQuery, DelegationScope, Reject } from './ports.ts';
import { healthOf } from './operator/health.ts';
import type { ApiRoute } from './routing.ts';

/** Version of the interface specification that the endpoints follow. */
const IC_API_VERSION = '0.66.0';

/**
 * Whether a body of that type is looked at. Agents send `application/cbor`; a missing type is taken as that, as some send none.
 */
export function checkContentType(type: string | undefined): Result<undefined, HttpFailure> {
  const essence = type?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (essence === '' || essence === 'application/cbor') return ok(undefined);
  return refuse(415, `Unexpected content-type ${echo(essence)}, expected application/cbor.`);
}

/** Answers a request of the HTTPS interface; `body` is empty for the status. */
export async function serveApi(context: HttpContext, route: ApiRoute, body: Uint8Array): Promise<HttpAnswer> {
  switch (route.endpoint) {
    case 'status':
      return await statusAnswer(context);
    case 'call':
      return serveCall(context, route, body);
    case 'query':
      return serveQuery(context, route, body);
    case 'read_state':
      return serveReadState(context, route, body);
  }
}

/** Clients begin with the status: it does not wait for what the replica is at. */
const STATUS_PATIENCE_MS = 50;

/** Health and height are what orchestration asks for; a replica that does not answer any more is behind. */
async function statusAnswer({ replica, implVersion, snapshots, stopping }: HttpContext): Promise<HttpAnswer> {
  const snapshot = await snapshots.snapshot({ patienceMs: STATUS_PATIENCE_MS }).catch(() => undefined);
  const isHealthy = healthOf(snapshot, stopping.aborted).status === 'healthy';
  return cborAnswer({
    ...(snapshot === undefined ? {} : { certified_height: snapshot.height }),
    ic_api_version: IC_API_VERSION,
    impl_version: implVersion,
    replica_health_status: isHealthy ? 'healthy' : 'certified_state_behind',
    root_key: replica.rootKeyDer,
  });
}

function rejectFields(reject: Reject): { reject_code: number; reject_message: string; error_code: string } {
  return { reject_code: reject.rejectCode, reject_message: reject.rejectMessage, error_code: reject.errorCode };
}

/** Version 2 had no `status` beside the reject. */
function refusedCallAnswer(reject: Reject, version: 2 | 3 | 4): HttpAnswer {
  return cborAnswer(version === 2 ? rejectFields(reject) : { status: 'non_replicated_rejection', ...rejectFields(reject) });
}

async function serveCall(context: HttpContext, route: ApiRoute & { endpoint: 'call' }, body: Uint8Array): Promise<HttpAnswer> {
  const slot = context.gauges.calls.enter();
  if (slot === undefined) return overloadedAnswer();
  try {
    const checked = await context.envelopes.checkCall(route.scope, body);
    if (!checked.ok) return failureAnswer(checked.error);
    // The same request sent again is accepted again, and has the outcome of the first one.
    const scope = route.version === 4 ? 'canister_ranges' : 'subnet';
    const outcome = await context.submit(checked.value, route.version === 2 ? undefined : scope);
    if (outcome.kind === 'busy') return failureAnswer({ status: 429, message: outcome.message });
    if (outcome.kind === 'rejected') return refusedCallAnswer(outcome, route.version);
    if (route.version === 2) return acceptedAnswer();
    const certificate =
      outcome.certificate ?? (await waitForCertificate(context, checked.value.requestId, context.limits.callTimeoutMs, scope));
    return certificate === undefined ? acceptedAnswer() : cborAnswer({ status: 'replied', certificate });
  } finally {
    slot.leave();
  }
}

/** Waits for the outcome of a request, but no longer than the server is open. */
export async function waitForCertificate(
  { replica, closing }: HttpContext,
  requestId: Uint8Array,
  timeoutMs: number,
  scope: DelegationScope,
): Promise<Uint8Array | undefined> {
  if (closing.aborted) return undefined;
  const { promise: closed, resolve } = Promise.withResolvers<undefined>();
  const stop = (): void => resolve(undefined);
  closing.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([replica.waitForCertificate(requestId, timeoutMs, scope), closed]);
  } finally {
    closing.removeEventListener('abort', stop);
  }
}

async function serveQuery(context: HttpContext, route: ApiRoute & { endpoint: 'query' }, body: Uint8Array): Promise<HttpAnswer> {
  const slot = context.gauges.queries.enter();
  if (slot === undefined) return overloadedAnswer();
  try {
    const answered = await context.envelopes.runQuery(route.scope, body, context.queryIfProven);
    return answered.ok ? queryAnswer(context, answered.value) : failureAnswer(answered.error);
  } finally {
    slot.leave();
  }
}

/** Agents check the signature against the key in `/subnet/<id>/node/<id>/public_key`. */
function queryAnswer({ replica }: HttpContext, { answer, timestampNs, signature }: AnsweredQuery): HttpAnswer {
  const outcome = answer.status === 'replied' ? { reply: { arg: answer.arg } } : rejectFields(answer);
  const identity = principalToBytes(replica.nodeId);
  const signatures = signature === undefined ? [] : [{ timestamp: timestampNs, signature, identity }];
  return cborAnswer({ status: answer.status, ...outcome, signatures });
}

async function serveReadState(context: HttpContext, route: ApiRoute & { endpoint: 'read_state' }, body: Uint8Array): Promise<HttpAnswer> {
  const { replica, envelopes } = context;
  const slot = context.gauges.queries.enter();
  if (slot === undefined) return overloadedAnswer();
  try {
    const checked = await envelopes.checkReadState(route.scope, body);
    if (!checked.ok) return failureAnswer(checked.error);
    const request = { ...checked.value, version: route.version, scope: route.scope };
    const certificate = await replica.readState(request, route.version === 2 ? 'subnet' : 'canister_ranges');
    return certificate.ok ? cborAnswer({ certificate: certificate.value }) : failureAnswer(certificate.error);
  } finally {
    slot.leave();
  }
}
