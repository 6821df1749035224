/**
 * Every call of a node to the system about its directory goes wrong in turn: the process is killed there, or the disk is full, or broken, for once or
 * from then on. Each time the directory must hold what was acknowledged, once; the node must say why it stopped; and it must start again.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { universalCanister } from '@myelin/test-canisters';
import { openLocalNode } from '../../src/node/index.ts';
import { update } from '../replica/node-updates.ts';
import { entriesOf, entry, ledgerIn, wrongEntries } from './ledger.ts';
import type { WorkOrder } from './node-at-work.ts';
import { table, writeReport } from './report.ts';
import {
  counting,
  countCalls,
  FAULTS,
  injecting,
  isPossible,
  type Point,
  type SystemCall,
  TARGETS,
  whyNoInjection,
} from './system-calls.ts';
import { checkDirectory, startWork, type WorkResult } from './work-run.ts';

/** A node that has one thread for files makes its calls in the same order each time. */
const ENVIRONMENT = { UV_THREADPOOL_SIZE: '1' };
const UPDATES = 8;
const CHECKPOINT_BATCHES = 5;
/** Runs at the same time. */
const AT_ONCE = 2;
const RUN_MS_MAX = 120_000;

type Outcome = 'untouched' | 'killed' | 'stopped' | 'went on';

function orderFor(folder: string, wasm: string): WorkOrder {
  return { directory: join(folder, 'node'), wasm, updates: UPDATES, atOnce: 1, checkpointBatches: CHECKPOINT_BATCHES, isLocal: true };
}

/** Gives a folder that goes afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'myelin-faults-')));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(order: WorkOrder, wrapper: readonly string[] = []): Promise<WorkResult> {
  const { child, ended } = startWork(order, wrapper, ENVIRONMENT);
  const timer = setTimeout(() => child.kill('SIGKILL'), RUN_MS_MAX);
  const result = await ended;
  clearTimeout(timer);
  return result;
}

/** All calls of a whole run, each with all that may happen to it. @param wasm - file with the code of the canister. */
export async function allPoints(wasm: string): Promise<Point[]> {
  const points: Point[] = [];
  for (const target of TARGETS) {
    const counts = await withFolder(async (folder) => {
      const order = orderFor(folder, wasm);
      const file = join(folder, 'calls');
      const result = await run(order, counting(target, order.directory, file));
      assert.ok(result.closed, `the run without faults: ${JSON.stringify(result.fault)} ${result.stderr}`);
      return countCalls(file);
    });
    for (const [call, count] of counts) {
      for (const fault of FAULTS.filter((each) => isPossible(call, each))) {
        for (let n = 1; n <= count; n++) {
          points.push({ target, call, n, fault, isLasting: false });
          // A disk that is full stays full.
          if (fault === 'ENOSPC') points.push({ target, call, n, fault, isLasting: true });
        }
      }
    }
  }
  return points;
}

function outcomeOf(result: WorkResult, { fault }: Point): Outcome {
  if (result.signal === 'SIGKILL' || result.exitCode === 137) {
    assert.equal(fault, 'KILL', `it was killed: ${result.stderr}`);
    return 'killed';
  }
  if (result.fault === undefined) {
    assert.ok(result.closed, `it ended with ${result.exitCode}, ${result.signal}: ${result.stderr}`);
    return result.acknowledged.size === UPDATES ? 'went on' : 'untouched';
  }
  assert.equal(result.fault.code, 'STATE_DISK_FAILED', result.fault.message);
  assert.match(result.fault.message, /start again$/);
  return 'stopped';
}

/** One run with a fault, what it left, and a run after it. @throws AssertionError when something was lost, or the node did not say why it stopped */
export async function tryPoint(point: Point, wasm: string): Promise<Outcome> {
  return await withFolder(async (folder) => {
    const order = orderFor(folder, wasm);
    const result = await run(order, injecting(point, order.directory));
    const outcome = outcomeOf(result, point);
    await checkDirectory(order.directory, result);
    await goOn(order.directory, result);
    return outcome;
  });
}

/** The next start works, runs another update and comes to a clean stop, and everything is there once. */
async function goOn(stateDirectory: string, before: WorkResult): Promise<void> {
  const node = await openLocalNode({ stateDirectory, host: '127.0.0.1', port: 0, onFault: (error) => assert.fail(String(error)) });
  const number = 1_000;
  try {
    const id = ledgerIn(node.host);
    if (id !== undefined) await update(node, id, 'update', entry(number));
    assert.equal(id === undefined && before.acknowledged.size > 0, false, 'the canister is gone');
    const entries = id === undefined ? [] : entriesOf(node.host, id);
    const acknowledged = new Set(id === undefined ? [] : [...before.acknowledged, number]);
    assert.equal(wrongEntries(entries, acknowledged, new Set([...before.sent, number])), undefined);
  } finally {
    await node.close();
  }
}

export function nameOf({ target, call, n, fault, isLasting }: Point): string {
  return `${target.name}: ${fault} at ${call} ${n}${isLasting ? ' and after' : ''}`;
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

/** Outcomes by target and call. */
function summary(points: readonly Point[], outcomes: ReadonlyMap<Point, Outcome>): string {
  const rows: (string | number)[][] = [];
  for (const target of TARGETS) {
    const calls = new Set(points.filter((point) => point.target === target).map(({ call }) => call));
    for (const call of calls as Set<SystemCall>) {
      const ofCall = points.filter((point) => point.target === target && point.call === call);
      const count = (outcome: Outcome): number => ofCall.filter((point) => outcomes.get(point) === outcome).length;
      rows.push([
        target.name,
        call,
        Math.max(...ofCall.map(({ n }) => n)),
        ofCall.filter((point) => outcomes.has(point)).length,
        ofCall.length,
        count('killed'),
        count('stopped'),
        count('went on') + count('untouched'),
      ]);
    }
  }
  return table(['Files', 'System call', 'Calls of a run', 'Tried', 'Of', 'Killed there', 'Stopped with the reason', 'Went on'], rows);
}

/**
 * Tries the points in random order until all were tried or the time is up.
 * @returns the number of points that failed.
 */
export async function runDiskFaults(minutesMax: number): Promise<number> {
  const why = whyNoInjection();
  if (why !== undefined) throw new Error(why);
  const started = performance.now();
  const minutes = (): number => (performance.now() - started) / 60_000;
  return await withFolder(async (folder) => {
    const wasm = join(folder, 'universal.wasm');
    writeFileSync(wasm, await universalCanister());
    const points = await allPoints(wasm);
    const waiting = shuffled(points);
    const outcomes = new Map<Point, Outcome>();
    const failures: string[] = [];
    console.log(`${points.length} points`);
    const work = async (): Promise<void> => {
      for (let point = waiting.pop(); point !== undefined && minutes() < minutesMax; point = waiting.pop()) {
        try {
          outcomes.set(point, await tryPoint(point, wasm));
        } catch (error) {
          failures.push(`${nameOf(point)}: ${error instanceof Error ? error.message : String(error)}`);
          console.log(`FAILED ${failures.at(-1)}`);
        }
        const tried = outcomes.size + failures.length;
        if (tried % 25 === 0) console.log(`${tried} of ${points.length}, ${failures.length} failed, ${minutes().toFixed(1)} minutes`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const tried = outcomes.size + failures.length;
    const path = writeReport('disk-faults', 'A node on a disk that fails', 'npm run faults -- disk', minutes(), [
      `A node makes a network, installs a canister, runs ${UPDATES} updates with a checkpoint every ${CHECKPOINT_BATCHES} batches and stops. Every call to the system that opens, makes, writes, cuts, syncs, renames or removes one of its files is one point; \`strace\` lets the process be killed there, or the call fail with ENOSPC (once, or from then on) or EIO. After each: everything that was acknowledged is there once, nothing that was not sent, the digest is the one that was told, a second look sees the same, the node said \`STATE_DISK_FAILED\` with what to do, and the next start works and keeps all of it.`,
      `**${tried} of ${points.length} points tried${tried < points.length ? ', in random order' : ''}; ${failures.length} failed.**`,
      summary(points, outcomes),
      ...(failures.length === 0 ? [] : [`Failures:\n\n${failures.map((failure) => `* ${failure}`).join('\n')}`]),
    ]);
    console.log(`${tried} points tried, ${failures.length} failed: ${path}`);
    return failures.length;
  });
}
