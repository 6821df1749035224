/**
 * A whole subnet in the process: counter updates with a full history, calls between canisters.
 * @module
 */
import type { Benchmark } from '../src/figure.ts';
import { median, summary } from '../src/statistics.ts';
import { measureCalls, measureUpdates } from '../src/subnet.ts';
import { counterModule } from '../src/counter-modules.ts';
import { measureEngineRate } from './engine-messages.ts';

const HISTORY_ENTRIES = 600_000;

export const subnetUpdates: Benchmark = async ({ quick, progress }) => {
  progress(`filling the history`);
  const history = quick ? 20_000 : HISTORY_ENTRIES;
  const { perSecond, perProcessorSecond, historyEntries } = await measureUpdates({
    history,
    measured: quick ? 5_000 : 20_000,
    rounds: quick ? 3 : 7,
  });
  progress('the engine alone');
  const engine = measureEngineRate(await counterModule(), 'canister_update inc', quick);
  return [
    {
      name: 'subnet.update',
      what: `Counter updates through the whole subnet: queues, cycles, state tree, history of ${historyEntries} entries`,
      unit: '/s',
      better: 'higher',
      ...summary(perSecond),
      target: 15_000,
      references: [
        { kind: 'limit', what: 'the same canister on the engine alone', value: median(engine) },
        { kind: 'published', what: 'IC lab, subnet of 13 nodes with consensus, sustained', value: 1_200 },
      ],
      parts: { 'per second of processor time': median(perProcessorSecond) },
    },
  ];
};

/** A call is two messages: the callee's and the callback. */
const MESSAGES_PER_CALL = 2;

export const subnetCalls: Benchmark = async ({ quick, progress }) => {
  progress('calls');
  const { perSecond, perProcessorSecond } = await measureCalls(quick ? 10_000 : 50_000, quick ? 3 : 7);
  progress('the engine alone');
  const engine = measureEngineRate(await counterModule(), 'canister_update inc', quick);
  return [
    {
      name: 'subnet.call',
      what: 'Calls between two canisters: request, execution, response, callback',
      unit: '/s',
      better: 'higher',
      ...summary(perSecond),
      target: 100_000,
      references: [{ kind: 'limit', what: 'two messages on the engine alone', value: median(engine) / MESSAGES_PER_CALL }],
      parts: { 'per second of processor time': median(perProcessorSecond) },
    },
  ];
};
