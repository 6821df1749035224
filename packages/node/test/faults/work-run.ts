/**
 * Runs a node at work in a process of its own and looks at what it has left behind.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { toHex } from '@myelin/core/base';
import type { ReplicatedState } from '@myelin/core/state';
import { createV8Engine } from '@myelin/engine';
import { createGenesis, SubnetHost } from '@myelin/network';
import { createNodeBlsSigner, nodeHasher } from '../../src/crypto/index.ts';
import { type Recovered, recover } from '../../src/replica/recover.ts';
import { findGenesis } from '../../src/replica/state-directory.ts';
import { entriesOf, ledgerIn, wrongEntries } from './ledger.ts';
import type { WorkLine, WorkOrder } from './node-at-work.ts';

const PROGRAM = fileURLToPath(new URL('./node-at-work.ts', import.meta.url));

/** Hundreds of processes read the same program: what is compiled is kept. */
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/myelin/faults', import.meta.url));

/** What was said by a process that has ended. */
export type WorkResult = {
  readonly sent: Set<number>;
  readonly acknowledged: Set<number>;
  /** Digests of states after which something was acknowledged, by height. */
  readonly digests: Map<number, string>;
  readonly replayed: number | undefined;
  readonly fault: { readonly code: string; readonly message: string } | undefined;
  /** Whether it came to its end in order. */
  readonly closed: boolean;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderr: string;
};

/** A process at work. */
export type AtWork = {
  readonly child: ChildProcess;
  /** Resolves when it has said so many lines, or has ended. */
  readonly said: (lines: number) => Promise<unknown>;
  readonly ended: Promise<WorkResult>;
};

/** Starts a node at work. @param wrapper - a program and its arguments that run the node, such as `strace`. */
export function startWork(order: WorkOrder, wrapper: readonly string[] = [], env: Readonly<Record<string, string>> = {}): AtWork {
  const command = [...wrapper, process.execPath, '--conditions=myelin-source', PROGRAM, JSON.stringify(order)];
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: CACHE, ...env },
  });
  const lines: WorkLine[] = [];
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = `${stderr}${text}`.slice(-4_000)));
  const reader = createInterface({ input: child.stdout });
  const waiting: { readonly lines: number; readonly resolve: () => void }[] = [];
  reader.on('line', (line) => {
    // The last line of a process that was killed may be a part of one.
    if (line.endsWith('}')) lines.push(JSON.parse(line) as WorkLine);
    for (const each of waiting) if (each.lines <= lines.length) each.resolve();
  });
  const ended = Promise.all([once(child, 'close'), once(reader, 'close')]).then(([[exitCode, signal]]) =>
    resultOf(lines, exitCode as number | null, signal as string | null, stderr),
  );
  const said = (count: number): Promise<unknown> =>
    Promise.race([new Promise<void>((resolve) => waiting.push({ lines: count, resolve })), ended]);
  return { child, said, ended };
}

function resultOf(lines: readonly WorkLine[], exitCode: number | null, signal: string | null, stderr: string): WorkResult {
  const of = <K extends WorkLine['kind']>(kind: K): Extract<WorkLine, { kind: K }>[] =>
    lines.filter((line): line is Extract<WorkLine, { kind: K }> => line.kind === kind);
  return {
    sent: new Set(of('sent').map(({ number }) => number)),
    acknowledged: new Set(of('acknowledged').map(({ number }) => number)),
    digests: new Map(of('state').map(({ height, digest }) => [height, digest])),
    replayed: of('open')[0]?.replayed,
    fault: of('fault')[0],
    closed: of('closed').length > 0,
    exitCode,
    signal,
    stderr,
  };
}

/** What a directory holds, without going on from it. Undefined when no network was made. */
export async function recovered<T>(directory: string, use: (found: Recovered) => T): Promise<T | undefined> {
  const existing = await findGenesis(directory);
  if (existing === undefined) return undefined;
  const genesis = createGenesis(existing.options, nodeHasher);
  const blsSigner = createNodeBlsSigner(genesis.blsSecretKey);
  const openHost = (state: ReplicatedState): SubnetHost =>
    new SubnetHost({ state, config: genesis.config, engine: createV8Engine({}), hasher: nodeHasher, blsSigner });
  const found = await recover(directory, genesis, openHost);
  try {
    return use(found);
  } finally {
    await found.log.close();
    await found.store.close();
  }
}

/** What was found in a directory. */
export type Found = { readonly height: number; readonly replayed: number; readonly checkpoint: number; readonly entries: number };

/**
 * Looks whether a directory holds what was acknowledged, each once, and the states that were told, twice the same.
 * @param before - numbers that were acknowledged, and sent, by processes before.
 */
export async function checkDirectory(
  directory: string,
  result: WorkResult,
  before: { readonly acknowledged: ReadonlySet<number>; readonly sent: ReadonlySet<number> } = { acknowledged: new Set(), sent: new Set() },
): Promise<Found> {
  const look = ({ host, replayed, store }: Recovered): Found & { readonly digest: string } => {
    const height = Number(host.state.height);
    const last = Math.max(0, ...result.digests.keys());
    assert.ok(height >= last, `it stands at height ${height}, something of height ${last} was told`);
    const digest = toHex(host.digest());
    const told = result.digests.get(height);
    if (told !== undefined) assert.equal(digest, told, `the state of height ${height}`);
    host.checkInvariants();
    const id = ledgerIn(host);
    const entries = id === undefined ? [] : entriesOf(host, id);
    const acknowledged = new Set([...before.acknowledged, ...result.acknowledged]);
    assert.equal(wrongEntries(entries, acknowledged, new Set([...before.sent, ...result.sent])), undefined);
    return { height, replayed, checkpoint: Number(store.mark?.height ?? 0n), entries: entries.length, digest };
  };
  const first = await recovered(directory, look);
  const second = await recovered(directory, look);
  assert.deepEqual(first, second, 'a second look sees the same');
  if (first === undefined) {
    assert.equal(result.acknowledged.size + before.acknowledged.size, 0, 'what was acknowledged is gone with the genesis');
    return { height: 0, replayed: 0, checkpoint: 0, entries: 0 };
  }
  return first;
}
