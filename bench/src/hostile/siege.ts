/**
 * Runs attacks against a node in a process of its own, while honest clients of another address are served, and measures its memory.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Principal } from '@icp-sdk/core/principal';
import { principalToText } from '@myelin/core/base';
import { encodeSelfDescribedCbor } from '@myelin/core/codec';
import { installCanister } from '@myelin/test-clients';
import { largeReplyModule } from '../counter-modules.ts';
import { startCounterNode, type CounterNode } from '../counter-node.ts';
import { startGenerator, type Generator } from '../load/generator.ts';
import type { LoadReport } from '../load/job.ts';
import { cpuUsOf, residentBytesOf } from '../process-cpu.ts';
import { ATTACKS, type Attack, type AttackOptions } from './attacks.ts';
import { Crowd } from './crowd.ts';

/**
 * Hostile addresses are 127.0.0.2 and those after it, which are there without setting anything up on Linux alone. Each attack has addresses
 * of its own: a node remembers those of the one before for a while.
 */
export const CAN_RUN: boolean = process.platform === 'linux';
const hostileAddress = (index: number): string => `127.0.0.${index + 2}`;

const NO_ARGUMENTS = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);
const SAMPLE_MS = 100;
/** What honest clients ask for each second. */
const HONEST_CALLS = 10;
const HONEST_QUERIES = 20;
/** When an honest client gives up. Long: how long it took is measured, and judged by what it takes without an attack. */
const HONEST_MS_MAX = 120_000;
/** Clients of the flood of signed updates. */
const FLOOD_CONNECTIONS = 1_000;
const FLOOD_PER_SECOND_MAX = 5_000;
/** `sourceBodiesBytesMax` of `HTTP_LIMITS`. */
const SOURCE_BYTES_MAX: number = 128 * 1024 * 1024;

/** What honest clients and the machine saw of an attack. */
export type AttackResult = {
  readonly name: string;
  readonly clients: number;
  readonly seconds: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly calls: LoadReport;
  readonly queries: LoadReport;
  /** Bytes of bodies and answers that the clients make the node keep: what they want to, and what its limits allow their addresses. */
  readonly heldBytes: number;
  /** Memory of the node, bytes. */
  readonly memoryBefore: number;
  readonly memoryPeak: number;
  /** Cores that the node used. */
  readonly cores: number;
};

export type Siege = {
  readonly node: CounterNode['node'];
  /** Honest clients alone. */
  calm(): Promise<AttackResult>;
  attack(attack: Attack): Promise<AttackResult>;
  /** Valid signed updates of one address, as many as it can send. */
  flood(): Promise<AttackResult>;
  /** Memory of the node now, bytes. */
  memory(): number;
  close(): Promise<void>;
};

export type SiegeOptions = {
  /** How long an attack lasts. */
  readonly seconds: number;
  /** Share of the clients that take part. */
  readonly scale: number;
};

/** The largest memory of a process until it is told to stop. */
function watchMemory(pid: number): () => number {
  let peak = residentBytesOf(pid);
  const timer = setInterval(() => (peak = Math.max(peak, residentBytesOf(pid))), SAMPLE_MS);
  return () => {
    clearInterval(timer);
    return Math.max(peak, residentBytesOf(pid));
  };
}

async function largeQuery(counter: CounterNode): Promise<AttackOptions['large']> {
  const large = await installCanister(counter.agent, await largeReplyModule());
  const content = {
    request_type: 'query',
    sender: Principal.anonymous().toUint8Array(),
    canister_id: large.toUint8Array(),
    method_name: 'big',
    arg: NO_ARGUMENTS,
    ingress_expiry: 0n,
  };
  return { path: `/api/v3/canister/${large.toText()}/query`, body: encodeSelfDescribedCbor({ content }) };
}

/** Does something while honest clients ask, and says what they saw. */
async function measure(
  generator: Generator,
  counter: CounterNode,
  seconds: number,
  act: () => Promise<Readonly<Record<string, number>>>,
): Promise<Omit<AttackResult, 'name' | 'clients' | 'heldBytes'>> {
  const canisterId = principalToText(counter.canisterId);
  const { port, pid } = counter.node;
  const honest = { port, connections: 8, timeMs: seconds * 1_000, answerTimeMs: HONEST_MS_MAX, keeps: false };
  const common = { canisterId, arg: NO_ARGUMENTS, senders: 4 };
  const [calls, queries] = await Promise.all([
    generator.prepare({
      ...honest,
      requests: { kind: 'call', methodName: 'inc', ...common },
      ratePerSecond: HONEST_CALLS,
      count: HONEST_CALLS * seconds,
    }),
    generator.prepare({
      ...honest,
      requests: { kind: 'query', methodName: 'get', ...common },
      ratePerSecond: HONEST_QUERIES,
      count: HONEST_QUERIES * seconds,
    }),
  ]);
  const memoryBefore = residentBytesOf(pid);
  const peak = watchMemory(pid);
  const cpuBefore = cpuUsOf(pid);
  const began = performance.now();
  const [outcomes, callReport, queryReport] = await Promise.all([act(), calls.run(), queries.run()]);
  const took = (performance.now() - began) / 1_000;
  return {
    seconds: took,
    outcomes,
    calls: callReport,
    queries: queryReport,
    memoryBefore,
    memoryPeak: peak(),
    cores: (cpuUsOf(pid) - cpuBefore) / 1e6 / took,
  };
}

/** Starts a node and the honest clients. */
export async function openSiege({ seconds, scale }: SiegeOptions): Promise<Siege> {
  const counter = await startCounterNode();
  const generator = startGenerator();
  const flooder = startGenerator();
  const large = await largeQuery(counter);
  let used = 0;
  return {
    node: counter.node,
    memory: () => residentBytesOf(counter.node.pid),
    async calm() {
      const measured = await measure(generator, counter, seconds, async () => {
        await delay(seconds * 1_000);
        return {};
      });
      return { name: 'none', clients: 0, heldBytes: 0, ...measured };
    },
    async attack(attack) {
      const clients = Math.max(1, Math.round(attack.clients * scale));
      const addresses = Array.from({ length: attack.addresses }, () => hostileAddress(used++));
      const crowd = new Crowd({ port: counter.node.port, addresses });
      try {
        const measured = await measure(generator, counter, seconds, async () => {
          await attack.run({ crowd, timeMs: seconds * 1_000, scale, large }, clients);
          return crowd.outcomes;
        });
        const heldBytes = Math.min(clients * (attack.heldBytes ?? 0), attack.addresses * SOURCE_BYTES_MAX);
        return { name: attack.name, clients, heldBytes, ...measured };
      } finally {
        crowd.close();
      }
    },
    async flood() {
      const connections = Math.max(20, Math.round(FLOOD_CONNECTIONS * scale));
      const load = await flooder.prepare({
        requests: { kind: 'call', canisterId: principalToText(counter.canisterId), methodName: 'inc', arg: NO_ARGUMENTS, senders: 16 },
        port: counter.node.port,
        localAddress: hostileAddress(used++),
        connections,
        ratePerSecond: Infinity,
        count: FLOOD_PER_SECOND_MAX * seconds,
        timeMs: seconds * 1_000,
        keeps: false,
      });
      const measured = await measure(generator, counter, seconds, async () => {
        const { answered, failures, p50, p99 } = await load.run();
        return { 'HTTP 200': answered, ...failures, 'median wait of the flood, ms': Math.round(p50), 'p99 wait, ms': Math.round(p99) };
      });
      return { name: 'signed updates as fast as they are answered, of one address', clients: connections, heldBytes: 0, ...measured };
    },
    async close() {
      await generator.close();
      await flooder.close();
      await counter.node.close();
    },
  };
}

export { ATTACKS };
