/**
 * How a state goes over to a newer protocol version: between two batches, never within a message.
 * @module
 */
import { assert } from '../base/index.ts';
import type { ReplicatedState } from '../state/index.ts';
import { PROTOCOL_VERSION } from './config.ts';

/** What a version changes in the state of the one before it, by the version that it leads to; most change nothing. */
export type ProtocolSteps = Readonly<Record<number, (state: ReplicatedState) => void>>;

const STEPS: ProtocolSteps = {};

/** Whether a state can go over: a message that was begun under the rules of one version ends under them. */
export function canUpgradeProtocol(state: ReplicatedState): boolean {
  return state.paused.size === 0;
}

/** Brings a state to a version, by default the one of this program. */
export function upgradeProtocol(state: ReplicatedState, version: number = PROTOCOL_VERSION, steps: ProtocolSteps = STEPS): void {
  assert(canUpgradeProtocol(state), 'no message is in the middle of its run');
  assert(state.protocolVersion <= version, 'a state does not go back to an older version');
  for (let next = state.protocolVersion + 1; next <= version; next++) {
    steps[next]?.(state);
    state.protocolVersion = next;
  }
}
