/**
 * Which paths of the state tree a read_state request may ask for (IC interface specification, "Request: Read state").
 *
 * Everything not listed here is refused: in particular `/canister/<id>/certified_data`, which only the canister itself may pass on.
 * Invariant A1: one request names at most one request id and at most one subnet under `/canister_ranges`.
 * @module
 */
import { fromUtf8, ok, PRINCIPAL_BYTES_MAX, type PrincipalId, principalToText, type Result, toHex } from '@myelin/core/base';
import { READ_STATE_LABELS_MAX, READ_STATE_PATHS_MAX } from '@myelin/core/crypto';
import { echo, type HttpFailure, refuse } from './failure.ts';
import { REQUEST_ID_BYTES } from './limits.ts';
import type { StatePath } from './ports.ts';
import type { Scope } from './routing.ts';

/** What is known of the request that asks. */
export type ReadStateRequest = {
  readonly version: 2 | 3;
  readonly scope: Scope;
  readonly sender: PrincipalId;
  readonly paths: readonly StatePath[];
  /** Canisters that the delegations of the sender are restricted to; undefined: any. */
  readonly targets: ReadonlySet<PrincipalId> | undefined;
};

/** Whose request it is. */
export type RequestOwner = {
  readonly sender: PrincipalId;
  /** The `canister_id` that was called. */
  readonly receiver: PrincipalId;
  /** The effective canister or subnet of the call; not checked when the replica does not keep it. */
  readonly effectiveCanisterId?: PrincipalId;
};

/** The state that decides. */
export type AccessState = {
  readonly subnetId: PrincipalId;
  /** Whether this subnet is the root subnet (it then serves `/canister_ranges` of all subnets). */
  readonly isRoot: boolean;
  /** Controllers of a canister, or undefined when it does not exist: decides who may read private metadata. */
  controllersOf(id: PrincipalId): readonly PrincipalId[] | undefined;
  /** Whose a known request is, or undefined: decides who may read its status. */
  requestOwner(requestId: Uint8Array): RequestOwner | undefined;
  /** Whether a public or private metadata section of that name exists, and its visibility. */
  metadataVisibility(canister: PrincipalId, name: string): 'public' | 'private' | undefined;
};

type Verdict = Result<undefined, HttpFailure>;
const ALLOWED: Verdict = ok(undefined);
const NO_SUCH_PATH = 'Invalid path requested.';

const REQUEST_STATUS_LEAVES: ReadonlySet<string> = new Set(['status', 'reply', 'reject_code', 'reject_message', 'error_code']);
const CANISTER_LEAVES: ReadonlySet<string> = new Set([
  'module_hash',
  'controllers',
  'canister_creation_timestamp',
  'last_install_timestamp',
]);
const BOUNDARY_NODE_LEAVES: ReadonlySet<string> = new Set(['domain', 'ipv4_address', 'ipv6_address']);

function pathText(path: StatePath): string {
  return echo(`/${path.map((label) => fromUtf8(label)?.replaceAll(/[^\x20-\x7e]/g, '?') ?? toHex(label)).join('/')}`);
}

function labelPrincipal(label: Uint8Array): Result<PrincipalId, HttpFailure> {
  if (label.length <= PRINCIPAL_BYTES_MAX) return ok(toHex(label) as PrincipalId);
  return refuse(400, `Could not parse principal ID: ${label.length} bytes are more than ${PRINCIPAL_BYTES_MAX}.`);
}

function checkSubnetPath(request: ReadStateRequest, state: AccessState, path: StatePath, labels: readonly string[]): Verdict {
  if (path.length === 1) return ALLOWED;
  const subnet = labelPrincipal(path[1]!);
  if (!subnet.ok) return subnet;
  const leaf = labels[2];
  if (path.length === 2) return ALLOWED;
  if (path.length === 3 && (leaf === 'public_key' || leaf === 'type' || leaf === 'node')) return ALLOWED;
  if (path.length === 3 && leaf === 'canister_ranges') {
    const isRootSubnet = state.isRoot && subnet.value === state.subnetId;
    if (request.version === 2 || isRootSubnet) return ALLOWED;
    return refuse(
      404,
      `${NO_SUCH_PATH} ${pathText(path)} is served at v2 only; ask for /canister_ranges/<subnet id> at the subnet endpoint.`,
    );
  }
  if (path.length === 3 && leaf === 'metrics') {
    if (request.scope.kind === 'subnet' && request.scope.id === subnet.value) return ALLOWED;
    return refuse(404, `${NO_SUCH_PATH} ${pathText(path)} is served at the read_state endpoint of that subnet only.`);
  }
  if (leaf === 'node' && (path.length === 4 || (path.length === 5 && labels[4] === 'public_key'))) return ALLOWED;
  return refuse(404, `${NO_SUCH_PATH} ${pathText(path)} is not a path of the state tree that can be read.`);
}

function checkRequestStatusPath(request: ReadStateRequest, state: AccessState, requestId: Uint8Array): Verdict {
  if (requestId.length !== REQUEST_ID_BYTES) {
    return refuse(400, `Invalid request id in paths. A request ID has ${REQUEST_ID_BYTES} bytes, this one has ${requestId.length}.`);
  }
  const owner = state.requestOwner(requestId);
  if (owner === undefined) return ALLOWED;
  if (owner.sender !== request.sender) return refuse(403, 'The user tries to access Request ID not signed by the caller.');
  if (request.targets !== undefined && !request.targets.has(owner.receiver)) {
    return refuse(403, 'The user tries to access request IDs for canisters not belonging to sender delegation targets.');
  }
  if (owner.effectiveCanisterId !== undefined && owner.effectiveCanisterId !== request.scope.id) {
    return refuse(
      403,
      `The request was made for ${principalToText(owner.effectiveCanisterId)}: read its status there, not at ${principalToText(request.scope.id)}.`,
    );
  }
  return ALLOWED;
}

function checkMetadata(request: ReadStateRequest, state: AccessState, canister: PrincipalId, label: Uint8Array): Verdict {
  const name = fromUtf8(label);
  if (name === undefined) return refuse(400, 'Could not parse the custom section name: it is not UTF-8.');
  if (state.metadataVisibility(canister, name) !== 'private') return ALLOWED;
  const isController = state.controllersOf(canister)?.includes(request.sender) === true;
  if (isController) return ALLOWED;
  return refuse(403, `Custom section ${echo(name)} can only be requested by the controllers of the canister.`);
}

function checkCanisterPath(request: ReadStateRequest, state: AccessState, path: StatePath, labels: readonly string[]): Verdict {
  const leaf = labels[2] ?? '';
  const isMetadata = path.length === 4 && leaf === 'metadata';
  if (request.scope.kind !== 'canister' || !(isMetadata || (path.length === 3 && CANISTER_LEAVES.has(leaf)))) {
    return refuse(404, `${NO_SUCH_PATH} ${pathText(path)} cannot be read here.`);
  }
  const canister = labelPrincipal(path[1]!);
  if (!canister.ok) return canister;
  if (canister.value !== request.scope.id) {
    return refuse(
      400,
      `Effective principal id in URL ${principalToText(request.scope.id)} does not match requested principal id: ${principalToText(canister.value)}.`,
    );
  }
  return isMetadata ? checkMetadata(request, state, canister.value, path[3]!) : ALLOWED;
}

function checkPath(request: ReadStateRequest, state: AccessState, path: StatePath): Verdict {
  // Labels are compared as text; bytes that are not UTF-8 (ids) give a text that equals no name.
  const labels = path.map((label) => fromUtf8(label) ?? '\u{fffd}');
  switch (labels[0]) {
    case 'time':
      if (path.length === 1) return ALLOWED;
      break;
    case 'api_boundary_nodes':
      if (path.length <= 2 || (path.length === 3 && BOUNDARY_NODE_LEAVES.has(labels[2]!))) return ALLOWED;
      break;
    case 'subnet':
      return checkSubnetPath(request, state, path, labels);
    case 'canister_ranges': {
      if (path.length !== 2) break;
      if (request.scope.kind !== 'subnet') {
        return refuse(404, `${NO_SUCH_PATH} /canister_ranges is served at the read_state endpoint of a subnet only.`);
      }
      const subnet = labelPrincipal(path[1]!);
      return subnet.ok ? ALLOWED : subnet;
    }
    case 'request_status':
      if (path.length === 2 || (path.length === 3 && REQUEST_STATUS_LEAVES.has(labels[2]!))) {
        return checkRequestStatusPath(request, state, path[1]!);
      }
      break;
    case 'canister':
      if (path.length >= 3) return checkCanisterPath(request, state, path, labels);
      break;
    default:
  }
  return refuse(404, `${NO_SUCH_PATH} ${pathText(path)} is not a path of the state tree that can be read.`);
}

/** A1: all second labels under `first` are the same. */
function checkOneId(paths: readonly StatePath[], first: string, what: string): Verdict {
  let seen: string | undefined;
  for (const path of paths) {
    if (path.length < 2 || fromUtf8(path[0]!) !== first) continue;
    const id = toHex(path[1]!);
    if (seen !== undefined && seen !== id) {
      return refuse(400, `More than one non-unique ${what} exists in ${first} paths: ${echo(seen)} and ${echo(id)}.`);
    }
    seen = id;
  }
  return ALLOWED;
}

/**
 * Checks every path of a read_state request.
 *
 * @returns the first refusal: 400 for malformed requests, 403 for what the sender may not see, 404 for what nobody may see.
 */
export function checkReadStatePaths(request: ReadStateRequest, state: AccessState): Verdict {
  const { paths } = request;
  if (paths.length > READ_STATE_PATHS_MAX)
    return refuse(400, `A read_state request has at most ${READ_STATE_PATHS_MAX} paths, this one has ${paths.length}.`);
  for (const path of paths) {
    if (path.length > READ_STATE_LABELS_MAX)
      return refuse(400, `Failed to parse requested paths: path is too long. At most ${READ_STATE_LABELS_MAX} labels are possible.`);
  }
  const oneRequest = checkOneId(paths, 'request_status', 'request ID');
  if (!oneRequest.ok) return oneRequest;
  const oneSubnet = checkOneId(paths, 'canister_ranges', 'subnet ID');
  if (!oneSubnet.ok) return oneSubnet;
  for (const path of paths) {
    const verdict = checkPath(request, state, path);
    if (!verdict.ok) return verdict;
  }
  return ALLOWED;
}
