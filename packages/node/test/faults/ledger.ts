/**
 * A canister that notes the number of each message that it has run, so that it shows which were lost and which ran twice.
 */
import { ANONYMOUS_PRINCIPAL, type PrincipalId } from '@myelin/core/base';
import type { SubnetHost } from '@myelin/network';
import { type Program, script } from '@myelin/test-canisters';
import type { RunningNode } from '../../src/node/index.ts';

const { program, reply, register, setRegister, stableGrow, stableWrite, drop, filled, concat } = script;

/** Register of the canister that holds the numbers, 8 bytes each. */
const ENTRIES = 1;
const ENTRY_BYTES = 8;
/** A run that was stopped before the code was installed leaves a canister without. */
const CANISTERS_MAX = 1_000;

/** A message that notes a number, and leaves something in the heap and in the stable memory. */
export function entry(number: number): Program {
  return program(
    setRegister(ENTRIES, concat(register(ENTRIES), number)),
    setRegister(2 + (number % 14), `entry ${number}`),
    drop(stableGrow(number % 4 === 0 ? 1 : 0)),
    stableWrite((number * 997) % 60_000, filled(3_000, number % 256)),
    reply('noted'),
  );
}

/** The canister of a network that has the code; undefined while none has. */
export function ledgerIn({ state }: SubnetHost): PrincipalId | undefined {
  for (const canister of state.canisters.values()) if (canister.module !== undefined) return canister.id;
  return undefined;
}

/** What to ask the canister for its numbers. */
const QUESTION: Program = program(reply(register(ENTRIES)));

function numbersIn(data: Uint8Array): number[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return Array.from({ length: data.length / ENTRY_BYTES }, (_, index) => Number(view.getBigUint64(index * ENTRY_BYTES, true)));
}

/** The numbers in the order in which their messages ran. */
export function entriesOf(host: SubnetHost, id: PrincipalId): number[] {
  const answer = host.query({ sender: ANONYMOUS_PRINCIPAL, receiver: id, methodName: 'query', arg: QUESTION });
  if (answer.kind !== 'reply') throw new Error(`the canister does not answer: ${answer.message}`);
  return numbersIn(answer.data);
}

/** The same of a running node; undefined while no canister has the code. */
export async function askEntries({ replica }: RunningNode): Promise<{ readonly id: PrincipalId; readonly entries: number[] } | undefined> {
  for (const id of await replica.canisterIds(CANISTERS_MAX)) {
    const call = { requestId: new Uint8Array(32), sender: ANONYMOUS_PRINCIPAL, canisterId: id, methodName: 'query', arg: QUESTION };
    const { answer } = await replica.query(call);
    if (answer.status === 'replied') return { id, entries: numbersIn(answer.arg) };
  }
  return undefined;
}

/** What is wrong with the entries of a node that was told to send and has acknowledged so much; undefined when nothing is. */
export function wrongEntries(entries: readonly number[], acknowledged: ReadonlySet<number>, sent: ReadonlySet<number>): string | undefined {
  const found = new Set(entries);
  if (found.size !== entries.length) return `ran twice: ${entries.filter((number, index) => entries.indexOf(number) !== index).join(', ')}`;
  const lost = [...acknowledged].filter((number) => !found.has(number));
  if (lost.length > 0) return `lost: ${lost.join(', ')}`;
  const foreign = entries.filter((number) => !sent.has(number));
  return foreign.length > 0 ? `never sent: ${foreign.join(', ')}` : undefined;
}
