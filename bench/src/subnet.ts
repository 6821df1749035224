/**
 * Throughput of a whole subnet in the process: ingress, queues, cycles, state tree and history included; no HTTP, no signatures of
 * users, no disk.
 * @module
 */
import { ANONYMOUS_PRINCIPAL, principalToBytes, toHex } from '@myelin/core/base';
import type { IngressMessage } from '@myelin/core/state';
import { createNetwork } from '@myelin/network';
import { callerModule, counterModule } from './counter-modules.ts';

const BATCH = 1_000;
const EXPIRY_NS = 240_000_000_000n;
/** How long the history keeps an entry. */
const KEPT_MS = 300_000;

/** Random-looking request ids; always the same. */
function createRequestIds(): () => string {
  const id = new Uint8Array(32);
  const words = new DataView(id.buffer);
  let state = 12_345;
  let count = 0;
  return () => {
    for (let byte = 0; byte < 32; byte += 4) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      words.setUint32(byte, state ^ count);
    }
    count++;
    return toHex(id);
  };
}

/** How fast each round was. */
export type Rates = {
  readonly perSecond: readonly number[];
  /** Per second that this thread had a processor: less disturbed by other work on the machine. */
  readonly perProcessorSecond: readonly number[];
};

/** Counter updates, each in the certified history, root hash made after each batch. */
export type UpdateRates = Rates & {
  /** Entries of the ingress history when the clock started. */
  readonly historyEntries: number;
};

export type UpdateOptions = {
  /** Entries that the history holds; a multiple of the batch. */
  readonly history: number;
  /** Updates in a round; a multiple of the batch. */
  readonly measured: number;
  readonly rounds: number;
};

/** Runs something and says how fast it was. */
class Stopwatch implements Rates {
  readonly perSecond: number[] = [];
  readonly perProcessorSecond: number[] = [];

  /** @param count - how many things `run` does. */
  async time(count: number, run: () => Promise<unknown>): Promise<void> {
    const began = performance.now();
    const processor = process.threadCpuUsage();
    await run();
    const { user, system } = process.threadCpuUsage(processor);
    this.perSecond.push((count * 1e3) / (performance.now() - began));
    this.perProcessorSecond.push((count * 1e6) / (user + system));
  }
}

/**
 * Counter updates through the whole subnet with a full history.
 *
 * Virtual time advances with each batch so that the history stays as large as it is: what a batch adds, a later one prunes.
 */
export async function measureUpdates({ history, measured, rounds }: UpdateOptions): Promise<UpdateRates> {
  const network = createNetwork({ ingressHistoryMax: history + BATCH });
  const canister = await network.deploy(await counterModule(), { cycles: 10n ** 30n });
  const milliseconds = KEPT_MS / (history / BATCH);
  const nextId = createRequestIds();
  const prepare = (expiryNs: bigint): IngressMessage[] =>
    Array.from({ length: BATCH }, () => ({
      kind: 'ingress',
      requestId: nextId(),
      sender: ANONYMOUS_PRINCIPAL,
      receiver: canister,
      effectiveCanisterId: canister,
      methodName: 'inc',
      arg: new Uint8Array(8),
      expiryNs,
    }));
  const run = async (batches: number, stopwatch = new Stopwatch()): Promise<void> => {
    const step = BigInt(Math.round(milliseconds * 1e6));
    const prepared = Array.from({ length: batches }, (_, index) => prepare(network.timeNs + BigInt(index) * step + EXPIRY_NS));
    await stopwatch.time(batches * BATCH, async () => {
      for (const messages of prepared) {
        network.advanceTime({ milliseconds });
        network.offer(messages);
        await network.runBatch();
        network.rootHash();
      }
    });
  };
  // In parts, so that the messages need not all exist at once.
  for (let batches = history / BATCH; batches > 0; batches -= 100) await run(Math.min(batches, 100));
  await run(1);
  const historyEntries = network.state.ingressHistory.entries.size;
  const stopwatch = new Stopwatch();
  for (let round = 0; round < rounds; round++) await run(measured / BATCH, stopwatch);
  if (network.state.ingressHistory.entries.size !== historyEntries) throw new Error('the history does not stay full');
  return { perSecond: stopwatch.perSecond, perProcessorSecond: stopwatch.perProcessorSecond, historyEntries };
}

/** Calls between two canisters of one subnet: request, execution, response, callback. */
export async function measureCalls(calls: number, rounds: number): Promise<Rates> {
  const network = createNetwork();
  const wasm = await callerModule();
  const caller = await network.deploy(wasm, { cycles: 10n ** 30n });
  const callee = await network.deploy(wasm, { cycles: 10n ** 30n });
  const run = async (count: number, stopwatch = new Stopwatch()): Promise<void> => {
    const argument = new Uint8Array(14);
    new DataView(argument.buffer).setUint32(0, count, true);
    argument.set(principalToBytes(callee), 4);
    await stopwatch.time(count, () => network.update(caller, 'run', argument));
  };
  await run(Math.min(calls, 20_000));
  const stopwatch = new Stopwatch();
  for (let round = 0; round < rounds; round++) await run(calls, stopwatch);
  return stopwatch;
}
