/**
 * Methods that are about the subnet: `raw_rand` and `subnet_info`.
 * Source: IC interface spec, methods of these names.
 * @module
 */
import { concatBytes, fromHex, principalToText, utf8 } from '../../base/index.ts';
import { managementCanister } from '../../candid/index.ts';
import { timeKey } from '../../state/index.ts';
import type { ExecutionEnvironment } from '../environment.ts';
import { ErrorCode, userError } from '../error-codes.ts';
import { respond } from '../responses.ts';
import { type Answer, decodePayload, type Invocation, payloadError, rejected, replied } from './answer.ts';
import { RESPONDENT } from './authorization.ts';
import { RANDOMNESS_REQUESTS_MAX } from './limits.ts';

/** Separates what canisters are given from every other use of a batch's randomness. */
const RANDOMNESS_DOMAIN = utf8('\x08raw_rand');

/** `raw_rand`: answered with the randomness of the next batch, which nobody knows yet. */
export function rawRand(invocation: Invocation): Answer | undefined {
  const { call, environment } = invocation;
  const { state } = environment;
  try {
    managementCanister.raw_rand.args.decode(call.payload);
  } catch (error) {
    return rejected(invocation, payloadError(error));
  }
  if (state.randomnessRequests.length >= RANDOMNESS_REQUESTS_MAX) {
    const text = `${RANDOMNESS_REQUESTS_MAX} calls of raw_rand wait already. Please retry after some time.`;
    return rejected(invocation, userError(ErrorCode.CanisterQueueFull, text));
  }
  state.randomnessRequests = [...state.randomnessRequests, { origin: call.origin, refund: call.cycles }];
  return undefined;
}

/**
 * Answers the calls of `raw_rand` that waited for this batch, each with bytes of its own.
 * @param randomness - that of the batch, 32 bytes.
 */
export function answerRandomness({ state, hasher }: ExecutionEnvironment, randomness: Uint8Array): void {
  const waiting = state.randomnessRequests;
  state.randomnessRequests = [];
  waiting.forEach(({ origin, refund }, index) => {
    const bytes = hasher.sha256(concatBytes(RANDOMNESS_DOMAIN, randomness, fromHex(timeKey(BigInt(index)))));
    respond(state, RESPONDENT, origin, refund, { kind: 'reply', data: managementCanister.raw_rand.result.encode([bytes]) });
  });
}

/** No registry delta has reached the subnets of this network: their records are those of genesis. */
const REGISTRY_VERSION = 1n;

/** `subnet_info`: the protocol version that the subnet runs. */
export function subnetInfo(invocation: Invocation): Answer {
  const { call, environment } = invocation;
  const { state } = environment;
  const args = decodePayload(managementCanister.subnet_info.args, call.payload);
  if (!args.ok) return rejected(invocation, args.error);
  const id = args.value.subnet_id;
  if (!state.network.some((subnet) => subnet.id === id)) {
    return rejected(invocation, userError(ErrorCode.SubnetNotFound, `Subnet ${principalToText(id)} is not part of this network`));
  }
  const info = { replica_version: String(state.protocolVersion), registry_version: REGISTRY_VERSION };
  return replied(invocation, managementCanister.subnet_info.result.encode([info]));
}
