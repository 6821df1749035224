/**
 * Load from outside: signed requests at fixed rates, sent by a process of its own to a node in a process of its own, with its log on
 * the disk. Beside it, by the same generator in the same run, the peers. All of them share the machine.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { Principal } from '@icp-sdk/core/principal';
import { principalToText } from '@myelin/core/base';
import { installCanister } from '@myelin/test-clients';
import { nextMessage, startProcess, stopProcess } from '../src/child-processes.ts';
import { burnerModule } from '../src/counter-modules.ts';
import { type CounterNode, startCounterNode } from '../src/counter-node.ts';
import type { Benchmark, BenchmarkOptions, Figure, Reference } from '../src/figure.ts';
import { type Generator, startGenerator } from '../src/load/generator.ts';
import { describeRun, findHeldRate, holdRate, type JobOf, type LoadedServer, type LoadRun, runLoad } from '../src/load/held-rate.ts';
import { anvilProgram, startAnvil } from '../src/start-anvil.ts';
import { startWorkerd, workerdProgram } from '../src/start-workerd.ts';
import { summary } from '../src/statistics.ts';

const NO_ARGUMENTS = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);
const SENDERS = 16;
const CONNECTIONS = 256;
/** More transfers than this at once stall anvil. */
const ANVIL_CONNECTIONS = 16;
const WORKERD_CONNECTIONS = 64;
const UPDATE_P99_MS_MAX = 500;
const QUERY_P99_MS_MAX = 100;
const QUERY_SECONDS_MAX = 60;
/** More than any of them does in a second. */
const RATE_MAX = 20_000;
const TRANSFERS_PER_SECOND_MAX = 6_000;
const VERIFIED_SHARE = 0.01;
/** A message may use 40 billion instructions. */
const LONG_MESSAGE_INSTRUCTIONS = 39_500_000_000n;
/** As many as keep a node busy for longer than it is watched. */
const LONG_MESSAGES = 3;
/** What others ask for while it runs, each second. */
const BESIDE_RATE = 100;

type Times = { readonly stepSeconds: number; readonly seconds: number };

function timesOf({ quick, seconds }: BenchmarkOptions): Times {
  return quick ? { stepSeconds: 1, seconds: 1 } : { stepSeconds: 4, seconds: seconds ?? 10 };
}

const callsOf =
  (canisterId: string): JobOf =>
  () => ({
    requests: { kind: 'call', canisterId, methodName: 'inc', arg: NO_ARGUMENTS, senders: SENDERS },
    connections: CONNECTIONS,
    keeps: true,
  });

const queriesOf =
  (canisterId: string): JobOf =>
  () => ({
    requests: { kind: 'query', canisterId, methodName: 'get', arg: NO_ARGUMENTS, senders: SENDERS },
    connections: CONNECTIONS,
    keeps: false,
  });

/** What the generator can do against a server that does next to nothing, with the same requests. */
async function measureGenerator(generator: Generator, options: BenchmarkOptions): Promise<LoadRun> {
  const program = fileURLToPath(new URL('../programs/raw-server.ts', import.meta.url));
  const child = startProcess(process.execPath, [program, '1000'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    const { port } = (await nextMessage(child)) as { readonly port: number };
    const server = { generator, port, pid: child.pid! };
    const { stepSeconds } = timesOf(options);
    const run = await runLoad(server, queriesOf('rrkah-fqaaa-aaaaa-aaaaq-cai'), {
      ratePerSecond: Infinity,
      seconds: stepSeconds,
      countMax: RATE_MAX * stepSeconds,
    });
    options.progress(`the generator alone: ${describeRun(run)}`);
    return run;
  } finally {
    await stopProcess(child);
  }
}

type Peers = { readonly workerd: LoadRun | undefined; readonly anvil: LoadRun | undefined };

async function measurePeers(generator: Generator, options: BenchmarkOptions): Promise<Peers> {
  const times = timesOf({ ...options, seconds: 4 });
  const held = { p99Max: UPDATE_P99_MS_MAX, ...times };
  const progressOf = (name: string) => (line: string) => options.progress(`${name}: ${line}`);
  let workerd: LoadRun | undefined;
  let anvil: LoadRun | undefined;
  const workerdPath = workerdProgram();
  if (workerdPath !== undefined) {
    const peer = await startWorkerd(workerdPath);
    try {
      const jobOf: JobOf = () => ({ requests: { kind: 'get', path: '/' }, connections: WORKERD_CONNECTIONS, keeps: false });
      workerd = await findHeldRate({ generator, ...peer }, jobOf, { ...held, rateMax: RATE_MAX, progress: progressOf('workerd') });
    } finally {
      await peer.close();
    }
  }
  const anvilPath = anvilProgram();
  if (anvilPath !== undefined) {
    const peer = await startAnvil(anvilPath);
    try {
      // Each transfer needs the one before it: what a step made and did not send is made again by the next.
      let nonce = 0;
      const jobOf: JobOf = () => ({ requests: { kind: 'transfer', firstNonce: nonce }, connections: ANVIL_CONNECTIONS, keeps: false });
      const server: LoadedServer = {
        ...peer,
        generator: {
          ...generator,
          async prepare(job) {
            const load = await generator.prepare(job);
            return {
              ...load,
              async run() {
                const report = await load.run();
                nonce += report.answered;
                return report;
              },
            };
          },
        },
      };
      anvil = await findHeldRate(server, jobOf, { ...held, rateMax: TRANSFERS_PER_SECOND_MAX, progress: progressOf('anvil') });
    } finally {
      await peer.close();
    }
  }
  return { workerd, anvil };
}

type Updates = LoadRun & { readonly runs: LoadRun[]; readonly verified: number };

/** Updates at the highest rate that the node holds; a share of all certificates is verified. */
async function measureUpdates(server: LoadedServer, counter: CounterNode, options: BenchmarkOptions): Promise<Updates> {
  const canisterId = principalToText(counter.canisterId);
  const progress = (line: string): void => options.progress(`updates: ${line}`);
  const held = { p99Max: UPDATE_P99_MS_MAX, rateMax: RATE_MAX / 2, progress, ...timesOf(options) };
  const updates = await (options.rate === undefined
    ? findHeldRate(server, callsOf(canisterId), held)
    : holdRate(server, callsOf(canisterId), options.rate, held));
  const { rootKey } = counter.agent;
  if (rootKey === null) throw new Error('the node tells its root key');
  let verified = 0;
  for (const { load } of updates.runs) {
    const verification = await load.verify({ rootKeyDer: Uint8Array.from(rootKey), canisterId }, VERIFIED_SHARE);
    if (verification.faults.length > 0) throw new Error(`certificates are not valid: ${verification.faults.join('; ')}`);
    verified += verification.verified;
  }
  progress(`${verified} certificates verified`);
  await checkCounter(counter, updates.runs);
  return { ...updates, verified };
}

/** Every certified update must be counted. @throws Error when one is lost */
async function checkCounter({ agent, canisterId }: CounterNode, runs: readonly LoadRun[]): Promise<void> {
  const answer = await agent.query(Principal.fromText(principalToText(canisterId)), { methodName: 'get', arg: NO_ARGUMENTS });
  if (answer.status !== 'replied') throw new Error('the counter does not answer');
  const bytes = answer.reply.arg;
  const count = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const answered = runs.reduce((sum, { report }) => sum + report.answered, 0);
  const unsure = runs.reduce((sum, { report }) => sum + Object.values(report.failures).reduce((a, b) => a + b, 0), 0);
  if (count < answered || count > answered + unsure)
    throw new Error(`${answered} updates were certified and ${unsure} failed, but the counter is at ${count}`);
}

type Beside = { readonly updates: LoadRun; readonly queries: LoadRun; readonly wasRunning: boolean };

/** Updates and queries of others while messages use all instructions that they may, one after the other. */
async function measureBesideLongMessage(server: LoadedServer, counter: CounterNode, options: BenchmarkOptions): Promise<Beside> {
  const burner = await installCanister(counter.agent, await burnerModule(), undefined, 10n ** 18n);
  const arg = new Uint8Array(8);
  new DataView(arg.buffer).setBigUint64(0, options.quick ? LONG_MESSAGE_INSTRUCTIONS / 20n : LONG_MESSAGE_INSTRUCTIONS, true);
  let isRunning = true;
  const burn = (): Promise<unknown> => counter.agent.update(burner, { methodName: 'burn', arg });
  const burnt = Promise.all(Array.from({ length: LONG_MESSAGES }, burn)).finally(() => (isRunning = false));
  burnt.catch(() => {});
  const canisterId = principalToText(counter.canisterId);
  const at = { ratePerSecond: BESIDE_RATE, seconds: options.quick ? 1 : 10, countMax: BESIDE_RATE * 10 };
  const [updates, queries] = await Promise.all([runLoad(server, callsOf(canisterId), at), runLoad(server, queriesOf(canisterId), at)]);
  const wasRunning = isRunning;
  options.progress(`beside a long message${wasRunning ? '' : ' (it ended before)'}: updates ${describeRun(updates)}`);
  options.progress(`beside a long message: queries ${describeRun(queries)}`);
  await burnt;
  return { updates, queries, wasRunning };
}

function partsOf({ report }: LoadRun): Record<string, number> {
  const { p50, p99, p999, seconds, ownCpuUs, lateness } = report;
  return {
    'p50, ms': p50,
    'p99, ms': p99,
    'p99.9, ms': p999,
    'seconds held': seconds,
    'processor time of the generator each, us': ownCpuUs,
    'p99 of the lateness of the generator, ms': lateness,
  };
}

function peerReferences({ workerd, anvil }: Peers, value: (run: LoadRun) => number): Reference[] {
  const references: Reference[] = [];
  if (workerd !== undefined) references.push({ kind: 'peer', what: 'workerd, a Durable Object that adds one', value: value(workerd) });
  if (anvil !== undefined) references.push({ kind: 'peer', what: 'anvil, signed transfers, no proof', value: value(anvil) });
  return references;
}

function updateFigures(updates: Updates, peers: Peers, raw: LoadRun): Figure[] {
  return [
    {
      name: 'load.update.rate',
      what: `Signed updates with certificates at a fixed rate, the highest with p99 ≤ ${UPDATE_P99_MS_MAX} ms and no failure, log on disk`,
      unit: '/s',
      better: 'higher',
      ...summary([updates.report.perSecond]),
      target: 3_000,
      references: [
        ...peerReferences(peers, ({ report }) => report.perSecond),
        { kind: 'limit', what: 'the generator against a server that does nothing', value: raw.report.perSecond },
        { kind: 'published', what: 'IC lab, subnet of 13 nodes with consensus, tuned, 1.08 s', value: 2_000 },
      ],
      parts: { ...partsOf(updates), 'certificates verified': updates.verified },
    },
    {
      name: 'load.update.p99',
      what: 'Time from when such an update was due until its certificate was there, at that rate: 99th percentile',
      unit: 'ms',
      better: 'lower',
      ...summary([updates.report.p99]),
      target: UPDATE_P99_MS_MAX,
      references: [
        ...peerReferences(peers, ({ report }) => report.p99),
        { kind: 'published', what: 'IC lab, subnet of 13 nodes with consensus, tuned, 2,000/s: median', value: 1_080 },
      ],
    },
    {
      name: 'load.update.cpu',
      what: 'Processor time of the server for each of them, all threads',
      unit: 'us',
      better: 'lower',
      ...summary([updates.serverCpuUs]),
      target: 450,
      references: peerReferences(peers, ({ serverCpuUs }) => serverCpuUs),
    },
  ];
}

function queryFigure(queries: LoadRun, raw: LoadRun): Figure {
  return {
    name: 'load.query.rate',
    what: `Signed queries with signed answers at a fixed rate, the highest with p99 ≤ ${QUERY_P99_MS_MAX} ms and no failure`,
    unit: '/s',
    better: 'higher',
    ...summary([queries.report.perSecond]),
    target: 5_000,
    references: [
      { kind: 'limit', what: 'the generator against a server that does nothing', value: raw.report.perSecond },
      { kind: 'published', what: 'IC lab, one node', value: 7_025 },
    ],
    parts: { ...partsOf(queries), 'processor time of the node each, us': queries.serverCpuUs },
  };
}

function besideFigures({ updates, queries, wasRunning }: Beside): Figure[] {
  const during = `while a message uses its 40 billion instructions, ${BESIDE_RATE}/s of each`;
  const parts = (run: LoadRun): Record<string, number> => ({
    ...partsOf(run),
    'requests that failed': Object.values(run.report.failures).reduce((sum, number) => sum + number, 0),
    'the message ran all the time (1) or ended before (0)': Number(wasRunning),
  });
  return [
    {
      name: 'load.beside.update.p99',
      what: `Updates of others ${during}: 99th percentile`,
      unit: 'ms',
      better: 'lower',
      ...summary([updates.report.p99]),
      target: 100,
      parts: parts(updates),
    },
    {
      name: 'load.beside.query.p99',
      what: `Queries of others ${during}: 99th percentile`,
      unit: 'ms',
      better: 'lower',
      ...summary([queries.report.p99]),
      target: 50,
      parts: parts(queries),
    },
  ];
}

export const load: Benchmark = async (options) => {
  const generator = startGenerator();
  try {
    const raw = await measureGenerator(generator, options);
    const counter = await startCounterNode();
    try {
      const server = { generator, port: counter.node.port, pid: counter.node.pid };
      const updates = await measureUpdates(server, counter, options);
      const times = timesOf(options);
      // Queries leave nothing behind that a longer run would show.
      const queryTimes = { ...times, seconds: Math.min(times.seconds, QUERY_SECONDS_MAX) };
      const queries = await findHeldRate(server, queriesOf(principalToText(counter.canisterId)), {
        p99Max: QUERY_P99_MS_MAX,
        rateMax: RATE_MAX,
        progress: (line) => options.progress(`queries: ${line}`),
        ...queryTimes,
      });
      const beside = await measureBesideLongMessage(server, counter, options);
      await counter.node.close();
      const peers = await measurePeers(generator, options);
      return [...updateFigures(updates, peers, raw), queryFigure(queries, raw), ...besideFigures(beside)];
    } finally {
      await counter.node.close();
    }
  } finally {
    await generator.close();
  }
};
