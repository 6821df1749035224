/**
 * The Motoko canisters of this package by name: one source for each thing that a canister can do.
 * @module
 */
import { compileMotoko, readMotokoSource, type MotokoCanister, type MotokoOptions } from './motoko.ts';

/** Names of the sources in motoko/, and what each shows. */
export const motokoCanisters = {
  calls: 'calls between canisters: reply, reject, traps on either side of an await, cleanup',
  certified: 'certified data',
  composite: 'composite queries',
  counter: 'update, query, rollback of a trapped message',
  cycles: 'attach, accept, refund, burn',
  factory: 'an actor class that it creates canisters from',
  heartbeat: 'heartbeat',
  http: 'http_request, http_request_update, streaming',
  inspect: 'inspect_message',
  'low-memory': 'on_low_wasm_memory',
  stable: 'state that outlives upgrades, regions of stable memory',
  timers: 'one-shot and recurring timers',
} as const;

export type MotokoCanisterName = keyof typeof motokoCanisters;

/** Further sources that some of them import. */
const IMPORTS: Readonly<Partial<Record<MotokoCanisterName, readonly (readonly [path: string, name: string])[]>>> = {
  factory: [['Child.mo', 'child']],
};

/** Compiles one of the canisters of this package. */
export async function motokoCanister(name: MotokoCanisterName, options: Pick<MotokoOptions, 'mode'> = {}): Promise<MotokoCanister> {
  const files = Object.fromEntries((IMPORTS[name] ?? []).map(([path, source]) => [path, readMotokoSource(source)]));
  return await compileMotoko(readMotokoSource(name), { ...options, files });
}
