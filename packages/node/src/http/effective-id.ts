/**
 * Whether a request was sent to the right URL.
 *
 * The id in the URL is what routes a request to a subnet and what access control in front of a node looks at, so it must agree with
 * what the request does.
 * Source: IC interface specification, "Effective canister id", "Effective subnet id".
 * @module
 */
import { MANAGEMENT_CANISTER_ID, ok, principalToText } from '@myelin/core/base';
import type { PrincipalId, Result } from '@myelin/core/base';
import type { MethodContent } from '@myelin/core/crypto';
import { refuse } from './failure.ts';
import type { HttpFailure } from './failure.ts';
import { principalFieldOf } from './management-argument.ts';
import type { ReplicaPort } from './ports.ts';
import type { Scope } from './routing.ts';

type Verdict = Result<undefined, HttpFailure>;
const FITS: Verdict = ok(undefined);

/** Update methods that create a canister: any effective canister id will do, and they may be sent to a subnet. */
const CREATING_METHODS: ReadonlySet<string> = new Set(['create_canister', 'provisional_create_canister_with_cycles']);

/** What is asked of the replica. */
export type HostingState = Pick<ReplicaPort, 'subnetId' | 'hostsCanisterId'>;

/** The part of a call or query that decides. */
export type AddressedContent = Pick<MethodContent<'call' | 'query'>, 'requestType' | 'canisterId' | 'methodName' | 'arg'>;

/**
 * Checks that this node's subnet is the one in the URL, or hosts the canister in the URL.
 *
 * The management canister stands for whichever subnet is asked: agents use it when a request concerns no canister yet.
 */
export function checkHosted(state: HostingState, scope: Scope): Verdict {
  if (scope.kind === 'subnet') {
    if (scope.id === state.subnetId) return FITS;
    return refuse(
      400,
      `subnet_not_found: this node belongs to subnet ${principalToText(state.subnetId)}, not to ${principalToText(scope.id)}.`,
    );
  }
  if (scope.id === MANAGEMENT_CANISTER_ID || state.hostsCanisterId(scope.id)) return FITS;
  return refuse(
    400,
    `canister_not_found: canister id ${principalToText(scope.id)} is not in the ranges of subnet ${principalToText(state.subnetId)}, which this node belongs to.`,
  );
}

function isForAnyId({ requestType, methodName }: AddressedContent): boolean {
  return requestType === 'call' ? CREATING_METHODS.has(methodName) : methodName === 'list_canisters';
}

function mismatch(what: PrincipalId, scope: Scope): Verdict {
  return refuse(
    400,
    `Specified CanisterId ${principalToText(what)} does not match effective canister id in URL ${principalToText(scope.id)}`,
  );
}

/**
 * Checks a call or query against the id in its URL.
 *
 * A management call that names no canister passes: the replica rejects it, whatever its effective canister id.
 */
export function checkEffectiveId(state: HostingState, scope: Scope, content: AddressedContent): Verdict {
  const hosted = checkHosted(state, scope);
  if (!hosted.ok) return hosted;
  const isManagement = content.canisterId === MANAGEMENT_CANISTER_ID;
  if (scope.kind === 'subnet') {
    if (isManagement && isForAnyId(content)) return FITS;
    const possible = content.requestType === 'call' ? [...CREATING_METHODS].join(' and ') : 'list_canisters';
    return refuse(
      400,
      `The endpoint of a subnet takes only ${possible} of the management canister ${principalToText(MANAGEMENT_CANISTER_ID)}.`,
    );
  }
  if (!isManagement) return content.canisterId === scope.id ? FITS : mismatch(content.canisterId, scope);
  if (isForAnyId(content)) return FITS;
  const field = content.requestType === 'call' && content.methodName === 'install_chunked_code' ? 'target_canister' : 'canister_id';
  const target = principalFieldOf(content.arg, field);
  return target === undefined || target === scope.id ? FITS : mismatch(target, scope);
}
