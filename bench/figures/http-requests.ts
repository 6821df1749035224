/**
 * Single requests over HTTP to a node in a process of its own, with its log on the disk.
 *
 * Requests are signed before the clock starts. A latency runs from the first byte that is written to the last one that is read.
 * @module
 */
import { decodeCbor } from '@myelin/core/codec';
import { Principal } from '@icp-sdk/core/principal';
import { principalToText } from '@myelin/core/base';
import { certificateOf, type CounterNode, startCounterNode } from '../src/counter-node.ts';
import type { Benchmark, Figure } from '../src/figure.ts';
import { measureFloor } from '../src/floor.ts';
import { closedLoop, openHttpClient } from '../src/http-client.ts';
import { median, percentile, summary } from '../src/statistics.ts';

const NO_ARGUMENTS = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);
const MINUTE_MS = 60_000;
const CONNECTIONS = 16;

type Updates = { readonly latencies: readonly number[]; readonly certificates: readonly Uint8Array[]; readonly replyBytes: number };

/** One update after the other. */
async function measureUpdates(counter: CounterNode, count: number): Promise<Updates> {
  const client = openHttpClient(counter.node.url, 1);
  const calls = counter.signCalls(count);
  const certificates: Uint8Array[] = [];
  let replyBytes = 0;
  const { latencies } = await closedLoop(1, count, MINUTE_MS, async (index) => {
    const reply = await client.post(counter.callPath, calls[index]!);
    replyBytes = reply.body.length;
    certificates.push(certificateOf(reply));
  });
  client.close();
  return { latencies, certificates, replyBytes };
}

/** What an application waits for when it calls through `@icp-sdk/core`: signing in JavaScript, the request, verification. */
async function measureSdkCalls(counter: CounterNode, count: number): Promise<number[]> {
  const canisterId = Principal.fromText(principalToText(counter.canisterId));
  const latencies: number[] = [];
  for (let index = 0; index < count; index++) {
    const began = performance.now();
    await counter.agent.update(canisterId, { methodName: 'inc', arg: NO_ARGUMENTS });
    latencies.push(performance.now() - began);
  }
  return latencies;
}

export const httpUpdate: Benchmark = async ({ quick, progress }) => {
  const counter = await startCounterNode();
  try {
    const count = quick ? 100 : 400;
    const rounds = quick ? 2 : 5;
    progress('warming up');
    await measureUpdates(counter, count);
    const p50: number[] = [];
    const p99: number[] = [];
    const verifications: number[] = [];
    const sdk: number[] = [];
    let replyBytes = 0;
    for (let round = 1; round <= rounds; round++) {
      const measured = await measureUpdates(counter, count);
      p50.push(median(measured.latencies));
      p99.push(percentile(measured.latencies, 99));
      replyBytes = measured.replyBytes;
      for (const certificate of measured.certificates.slice(0, 20)) verifications.push(await counter.verify(certificate));
      sdk.push(median(await measureSdkCalls(counter, 20)));
      progress(`round ${round} of ${rounds}: p50 ${p50.at(-1)!.toFixed(2)} ms`);
    }
    const requestBytes = counter.signCalls(1)[0]!.length;
    const floor = await measureFloor({ durable: true, requestBytes, replyBytes, connections: 1, requests: count, timeMsMax: MINUTE_MS });
    return updateFigures({ p50, p99, verifications, sdk, floor: floor.latencies });
  } finally {
    await counter.node.close();
  }
};

type UpdateTimes = Readonly<Record<'p50' | 'p99' | 'verifications' | 'sdk' | 'floor', readonly number[]>>;

function updateFigures({ p50, p99, verifications, sdk, floor }: UpdateTimes): Figure[] {
  const lab = { kind: 'published', what: 'IC lab, subnet of 13 nodes with consensus, 1 request/s', value: 520 } as const;
  const common = { unit: 'ms', better: 'lower' } as const;
  return [
    {
      name: 'http.update.p50',
      what: 'One signed update over HTTP, request to certificate, log on disk: median',
      ...common,
      ...summary(p50),
      target: 10,
      references: [{ kind: 'limit', what: 'bare node:http and fdatasync, same bytes', value: median(floor) }, lab],
      parts: {
        'verification by @icp-sdk/core, ms': median(verifications),
        'whole call through @icp-sdk/core with signing and verification, ms': median(sdk),
      },
    },
    {
      name: 'http.update.p99',
      what: 'The same, 99th percentile',
      ...common,
      ...summary(p99),
      references: [{ kind: 'limit', what: 'bare node:http and fdatasync, same bytes', value: percentile(floor, 99) }],
    },
  ];
}

type Queries = { readonly latencies: readonly number[]; readonly perSecond: number; readonly replyBytes: number };

async function measureQueries(counter: CounterNode, queries: readonly Uint8Array[], connections: number): Promise<Queries> {
  const client = openHttpClient(counter.node.url, connections);
  let replyBytes = 0;
  const { latencies, perSecond } = await closedLoop(connections, queries.length, MINUTE_MS, async (index) => {
    const { status, body } = await client.post(counter.queryPath, queries[index]!);
    const answer = status === 200 ? decodeCbor(body) : undefined;
    if (!(answer instanceof Map) || answer.get('status') !== 'replied') throw new Error(`a query was answered ${status}`);
    replyBytes = body.length;
  });
  client.close();
  return { latencies, perSecond, replyBytes };
}

export const httpQuery: Benchmark = async ({ quick, progress }) => {
  const counter = await startCounterNode();
  try {
    const count = quick ? 500 : 4_000;
    const rounds = quick ? 2 : 5;
    progress('warming up');
    await measureQueries(counter, counter.signQueries(count), CONNECTIONS);
    const alone: number[] = [];
    const rates: number[] = [];
    const loaded: number[] = [];
    const cpu: number[] = [];
    let replyBytes = 0;
    for (let round = 1; round <= rounds; round++) {
      alone.push(median((await measureQueries(counter, counter.signQueries(count / 5), 1)).latencies));
      const queries = counter.signQueries(count);
      const cpuBefore = await counter.node.cpuUs();
      const measured = await measureQueries(counter, queries, CONNECTIONS);
      cpu.push(((await counter.node.cpuUs()) - cpuBefore) / count);
      rates.push(measured.perSecond);
      loaded.push(median(measured.latencies));
      replyBytes = measured.replyBytes;
      progress(`round ${round} of ${rounds}: ${Math.round(measured.perSecond)} queries/s`);
    }
    const requestBytes = counter.signQueries(1)[0]!.length;
    const sizes = { durable: false, requestBytes, replyBytes, timeMsMax: MINUTE_MS };
    const floorAlone = await measureFloor({ ...sizes, connections: 1, requests: count / 5 });
    const floorLoaded = await measureFloor({ ...sizes, connections: CONNECTIONS, requests: count });
    return [
      {
        name: 'http.query.p50',
        what: 'One signed query over HTTP, signed answer: median, one connection',
        unit: 'ms',
        better: 'lower',
        ...summary(alone),
        references: [{ kind: 'limit', what: 'bare node:http, same bytes', value: median(floorAlone.latencies) }],
      },
      {
        name: 'http.query.rate',
        what: `Signed queries over HTTP, closed loop of ${CONNECTIONS} connections`,
        unit: '/s',
        better: 'higher',
        ...summary(rates),
        references: [
          { kind: 'limit', what: 'bare node:http, same bytes, same client', value: floorLoaded.perSecond },
          { kind: 'published', what: 'IC lab, one node', value: 7_025 },
        ],
        parts: { 'p50, ms': median(loaded), 'processor time of the node per query, us': median(cpu) },
      },
    ];
  } finally {
    await counter.node.close();
  }
};
