/**
 * Throughput of a whole subnet in the process: ingress, queues, cycles, state tree and history included; no HTTP, no signatures of
 * users, no disk.
 * @module
 */
import { ANONYMOUS_PRINCIPAL, principalToBytes, toHex, type PrincipalId } from '@myelin/core/base';
import type { IngressMessage } from '@myelin/core/state';
import { createNetwork, type Network } from '@myelin/network';
import { callerModule, counterModule } from './counter-modules.ts';

const BATCH = 1_000;
const EXPIRY_NS = 240_000_000_000n;

/** Messages with random-looking ids, made before the clock starts. */
function prepare(network: Network, receiver: PrincipalId, count: number): IngressMessage[] {
  const messages: IngressMessage[] = [];
  let state = 12_345;
  for (let index = 0; index < count; index++) {
    const id = new Uint8Array(32);
    for (let byte = 0; byte < 32; byte += 4) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      new DataView(id.buffer).setUint32(byte, state ^ index);
    }
    messages.push({
      kind: 'ingress',
      requestId: toHex(id),
      sender: ANONYMOUS_PRINCIPAL,
      receiver,
      effectiveCanisterId: receiver,
      methodName: 'inc',
      arg: new Uint8Array(8),
      expiryNs: network.timeNs + EXPIRY_NS,
    });
  }
  return messages;
}

export type SubnetFigures = {
  /** Counter updates per second, each in the certified history, root hash made after each batch. */
  readonly updatesPerSecond: number;
  /** Entries of the ingress history when the clock started. */
  readonly historyEntries: number;
};

/** Counter updates through the whole subnet with a full history. */
export async function measureUpdates(options: { readonly history: number; readonly measured: number }): Promise<SubnetFigures> {
  const network = createNetwork({ ingressHistoryMax: options.history + options.measured + BATCH });
  const canister = await network.deploy(await counterModule(), { cycles: 10n ** 30n });
  const messages = prepare(network, canister, options.history + options.measured);
  const runBatches = async (from: number, to: number): Promise<void> => {
    for (let start = from; start < to; start += BATCH) {
      network.offer(messages.slice(start, Math.min(start + BATCH, to)));
      await network.runBatch();
      network.rootHash();
    }
  };
  await runBatches(0, options.history);
  const historyEntries = network.state.ingressHistory.entries.size;
  const began = performance.now();
  await runBatches(options.history, messages.length);
  const seconds = (performance.now() - began) / 1_000;
  return { updatesPerSecond: options.measured / seconds, historyEntries };
}

/** Calls between two canisters of one subnet: request, execution, response, callback. */
export async function measureCalls(calls: number): Promise<number> {
  const network = createNetwork();
  const wasm = await callerModule();
  const caller = await network.deploy(wasm, { cycles: 10n ** 30n });
  const callee = await network.deploy(wasm, { cycles: 10n ** 30n });
  const run = async (count: number): Promise<number> => {
    const argument = new Uint8Array(14);
    new DataView(argument.buffer).setUint32(0, count, true);
    argument.set(principalToBytes(callee), 4);
    const began = performance.now();
    await network.update(caller, 'run', argument);
    return (performance.now() - began) / 1_000;
  };
  await run(Math.min(calls, 20_000));
  return calls / (await run(calls));
}
