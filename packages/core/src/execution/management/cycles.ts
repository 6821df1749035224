/**
 * Cycles for a canister: `deposit_cycles` and `provisional_top_up_canister`.
 * Source: IC interface spec, abstract behaviour, "Depositing cycles" and "Top up canister".
 * @module
 */
import type { ProvisionalTopUpCanisterArgs } from '../../candid/index.ts';
import type { CanisterState } from '../../state/index.ts';
import { CYCLES_MAX } from '../limits.ts';
import { offerDueTasks } from '../timers.ts';
import { type Answer, done, type Invocation } from './answer.ts';

/** As many of `cycles` as a balance of 128 bits can take. Refunds may have taken it beyond. */
function roomFor(canister: CanisterState, cycles: bigint): bigint {
  const room = CYCLES_MAX > canister.balance ? CYCLES_MAX - canister.balance : 0n;
  return cycles < room ? cycles : room;
}

/** `deposit_cycles`: the attached cycles become the canister's. */
export function depositCycles(invocation: Invocation, canister: CanisterState): Answer {
  const { cycles } = invocation.call;
  const deposited = roomFor(canister, cycles);
  canister.balance += deposited;
  offerDueTasks(invocation.environment.state, canister);
  return { ...done(invocation), refund: cycles - deposited };
}

/** `provisional_top_up_canister`: cycles out of nothing. */
export function provisionalTopUp(invocation: Invocation, canister: CanisterState, { amount }: ProvisionalTopUpCanisterArgs): Answer {
  const minted = roomFor(canister, amount);
  canister.balance += minted;
  offerDueTasks(invocation.environment.state, canister);
  invocation.environment.state.cycles.minted += minted;
  return done(invocation);
}
