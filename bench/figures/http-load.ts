/**
 * Updates per second over HTTP under load, beside the peer's transfers per second.
 *
 * This process is the load: it sends requests that it signed before, over kept connections, each of which waits for its certificate
 * before the next one is sent. Node and load share the machine.
 * @module
 */
import { certificateOf, startCounterNode } from '../src/counter-node.ts';
import { signTransfer } from '../src/ethereum-transfers.ts';
import type { Benchmark, Reference } from '../src/figure.ts';
import { closedLoop, openHttpClient } from '../src/http-client.ts';
import { anvilProgram, startAnvil } from '../src/start-anvil.ts';
import { median, percentile, summary } from '../src/statistics.ts';

const CONNECTIONS = 64;
/** More transfers than this at once stall anvil. */
const ANVIL_CONNECTIONS = 16;

type Loaded = { readonly perSecond: number; readonly p50: number; readonly p99: number };

async function measureAnvil(program: string, transfers: number): Promise<Loaded> {
  const anvil = await startAnvil(program);
  try {
    const encoder = new TextEncoder();
    const rpc = (method: string, parameters: readonly unknown[]): Uint8Array =>
      encoder.encode(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: parameters }));
    const requests = Array.from({ length: transfers }, (_, nonce) => rpc('eth_sendRawTransaction', [signTransfer(nonce)]));
    const client = openHttpClient(anvil.url, ANVIL_CONNECTIONS);
    const post = async (body: Uint8Array): Promise<{ readonly result?: string; readonly error?: { readonly message: string } }> => {
      const reply = await client.post('/', body, { 'content-type': 'application/json' });
      return JSON.parse(new TextDecoder().decode(reply.body));
    };
    let refused: string | undefined;
    const { latencies, perSecond } = await closedLoop(ANVIL_CONNECTIONS, transfers, 10_000, async (index) => {
      const reply = await post(requests[index]!);
      if (reply.error !== undefined) refused = reply.error.message;
    });
    const mined = await post(rpc('eth_getTransactionCount', ['0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266', 'latest']));
    client.close();
    if (refused !== undefined) throw new Error(`anvil refuses a transfer: ${refused}`);
    // Transfers whose turn had not come when the last one was answered are not counted.
    const share = Math.min(1, Number(mined.result) / latencies.length);
    return { perSecond: perSecond * share, p50: median(latencies), p99: percentile(latencies, 99) };
  } finally {
    await anvil.close();
  }
}

export const httpLoad: Benchmark = async ({ quick, progress }) => {
  const counter = await startCounterNode();
  const rates: number[] = [];
  const p50: number[] = [];
  const p99: number[] = [];
  const cpu: number[] = [];
  try {
    const rounds = quick ? 1 : 5;
    const timeMs = quick ? 1_000 : 2_000;
    const signed = quick ? 3_000 : 12_000;
    const client = openHttpClient(counter.node.url, CONNECTIONS);
    for (let round = 0; round <= rounds; round++) {
      const calls = counter.signCalls(signed);
      const cpuBefore = await counter.node.cpuUs();
      const { latencies, perSecond } = await closedLoop(CONNECTIONS, signed, timeMs, async (index) => {
        certificateOf(await client.post(counter.callPath, calls[index]!));
      });
      progress(`round ${round} of ${rounds}: ${Math.round(perSecond)} updates/s`);
      if (round === 0) continue;
      rates.push(perSecond);
      p50.push(median(latencies));
      p99.push(percentile(latencies, 99));
      cpu.push(((await counter.node.cpuUs()) - cpuBefore) / latencies.length);
    }
    client.close();
  } finally {
    await counter.node.close();
  }
  const references: Reference[] = [{ kind: 'published', what: 'IC lab, subnet of 13 nodes with consensus, sustained', value: 1_200 }];
  const parts: Record<string, number> = {
    'p50, ms': median(p50),
    'p99, ms': median(p99),
    'processor time of the node per update, us': median(cpu),
  };
  const program = anvilProgram();
  if (program !== undefined) {
    progress('anvil');
    const anvil = await measureAnvil(program, quick ? 500 : 4_000);
    references.unshift({
      kind: 'peer',
      what: `anvil, signed transfers without a proof, ${ANVIL_CONNECTIONS} connections`,
      value: anvil.perSecond,
    });
    parts['p50 of anvil, ms'] = anvil.p50;
  }
  return [
    {
      name: 'http.update.rate',
      what: `Signed updates over HTTP with certificates, closed loop of ${CONNECTIONS} connections, log on disk`,
      unit: '/s',
      better: 'higher',
      ...summary(rates),
      target: 3_000,
      references,
      parts,
    },
  ];
};
