/**
 * A network that replaces another one, in a process that is killed before each step of it: whoever comes next finds the old one or the new one, whole.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { toHex } from '@myelin/core/base';
import { universalCanister } from '@myelin/test-canisters';
import { openLocalNode } from '../../src/node/index.ts';
import { copyNetwork, exportState, importState, type StateSummary, verifyState } from '../../src/replica/index.ts';
import { entriesOf, entry, ledgerIn } from '../faults/ledger.ts';
import type { ImportOrder } from './import-until.ts';
import { deploy, update } from './node-updates.ts';

const PROGRAM = fileURLToPath(new URL('./import-until.ts', import.meta.url));
const NODE = { host: '127.0.0.1', port: 0, onFault: (error: unknown) => assert.fail(String(error)) };

/** A network, and what its canister has noted. */
type Known = { readonly summary: StateSummary; readonly entries: readonly number[] };

let folder: string;
/** The network that gives way, and the one that comes. */
let old: Known;
let fresh: Known;

async function makeNetwork(stateDirectory: string, entries: readonly number[]): Promise<Known> {
  const node = await openLocalNode({ ...NODE, stateDirectory });
  try {
    const id = await deploy(node, await universalCanister());
    for (const number of entries) await update(node, id, 'update', entry(number));
  } finally {
    await node.close();
  }
  return { summary: await verifyState(stateDirectory), entries };
}

before(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'myelin-import-')));
  old = await makeNetwork(join(folder, 'old'), [0, 1]);
  fresh = await makeNetwork(join(folder, 'fresh'), [0, 7, 8]);
  await exportState(join(folder, 'fresh'), join(folder, 'fresh.state'));
});
after(() => rm(folder, { recursive: true, force: true }));

type Until = Pick<ImportOrder, 'step' | 'event'> & { readonly isDoneAllTheSame?: boolean };

/** Works on a folder up to a step. @returns the steps that were done. */
function workUntil(name: string, work: ImportOrder['work'], { isDoneAllTheSame = false, ...until }: Until): string[] {
  const order: ImportOrder = { work, file: join(folder, 'fresh.state'), directory: join(folder, name, 'network'), ...until };
  const { stdout, stderr, signal, status } = spawnSync(process.execPath, ['--conditions=myelin-source', PROGRAM, JSON.stringify(order)], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (until.step === undefined || isDoneAllTheSame) assert.equal(status, 0, stderr);
  else if (until.event === 'refused') assert.match(stderr, /EIO/);
  else assert.equal(signal, 'SIGKILL', stderr);
  return stdout.split('\n').filter((line) => line !== '');
}

/** Replaces the old network in a folder of its own, up to a step. @returns the steps that were done. */
async function replaceUntil(name: string, until: Until): Promise<string[]> {
  await cp(join(folder, 'old'), join(folder, name, 'network'), { recursive: true });
  return workUntil(name, 'import', until);
}

/** Opens a directory, of which a killed process or a person has taken something: the network that was there goes on as it was, or another begins. */
async function assertNoHalf(directory: string): Promise<void> {
  const { rootKey, entries } = await started(directory);
  const known = [old, fresh].find(({ summary }) => toHex(summary.rootKeyDer) === rootKey);
  assert.deepEqual(entries, known?.entries ?? [], 'no network begins again with the same keys');
}

/** What a node finds there, and what it leaves beside it. */
async function started(directory: string): Promise<{ readonly rootKey: string; readonly entries: readonly number[] }> {
  const node = await openLocalNode({ ...NODE, stateDirectory: directory });
  try {
    const id = ledgerIn(node.host);
    return { rootKey: toHex(node.rootKeyDer), entries: id === undefined ? [] : entriesOf(node.host, id) };
  } finally {
    await node.close();
  }
}

/** @param place - a folder in which a process was killed while it replaced a network. @param wanted - the one that must be there. */
async function assertWhole(place: string, { summary, entries }: Known): Promise<void> {
  /** The same once more, for another way to go on. */
  const again = async (name: string): Promise<string> => {
    await cp(place, `${place}-${name}`, { recursive: true });
    return join(`${place}-${name}`, 'network');
  };
  const names = await readdir(place);
  assert.deepEqual(await verifyState(join(place, 'network')), summary);
  assert.equal((await copyNetwork(join(place, 'network'))).digest(), summary.digest);
  assert.deepEqual(await readdir(place), names, 'a look changes nothing');

  const directory = await again('start');
  assert.deepEqual(await started(directory), { rootKey: toHex(summary.rootKeyDer), entries });
  assert.deepEqual(
    (await readdir(`${place}-start`)).filter((name) => name !== 'network.coming'),
    ['network'],
    'nothing is left that could come back',
  );

  const removed = await again('removed');
  await rm(removed, { recursive: true, force: true });
  await assertNoHalf(removed);

  const kept = await again('import');
  const file = join(folder, 'fresh.state');
  await assert.rejects(importState(file, kept), { detail: { code: 'STATE_EXISTS' } });
  assert.deepEqual(await verifyState(kept), summary);
  const { notes: _, ...imported } = await importState(file, kept, true);
  assert.deepEqual(imported, fresh.summary);
  assert.deepEqual(await verifyState(kept), fresh.summary);
  assert.deepEqual(await readdir(`${place}-import`), ['network']);

  const node = await openLocalNode({ ...NODE, stateDirectory: await again('clean'), clean: true });
  await node.close();
  assert.ok(![old, fresh].some((known) => toHex(known.summary.rootKeyDer) === toHex(node.rootKeyDer)), 'none of them comes back');
  assert.deepEqual(await readdir(`${place}-clean`), ['network']);
}

describe('a network that replaces another one', { timeout: 300_000 }, () => {
  /** Of a replacement that nothing happens to. */
  let steps: readonly string[];

  it('is there, or the other one, wherever the process is killed', async (context) => {
    steps = await replaceUntil('whole', {});
    assert.deepEqual(await verifyState(join(folder, 'whole', 'network')), fresh.summary);
    assert.deepEqual(await readdir(join(folder, 'whole')), ['network']);
    context.diagnostic(`killed before each of: ${steps.join(', ')}`);
    const taken = steps.indexOf('rename network.coming');
    assert.ok(steps.indexOf('rename network') >= 0 && steps.indexOf('rename network') < taken);
    assert.ok(steps.indexOf('rename network.going') > taken);
    for (const [step, what] of steps.entries()) {
      const wanted = step <= taken ? old : fresh;
      const events = what === 'rm network.gone' ? (['killed', 'killed halfway'] as const) : (['killed'] as const);
      for (const event of events) {
        const name = `step-${step}-${event.replace(' ', '-')}`;
        assert.deepEqual(await replaceUntil(name, { step, event }), steps.slice(0, step));
        await assertWhole(join(folder, name), wanted);
      }
    }
  });

  it('leaves the other one where it was when the disk does not let it take its place', async () => {
    for (const [name, refused] of [
      ['before', 'rename network'],
      ['between', 'rename network.coming'],
    ] as const) {
      const step = steps.indexOf(refused);
      assert.deepEqual((await replaceUntil(name, { step, event: 'refused' })).slice(0, step), steps.slice(0, step));
      assert.deepEqual(await readdir(join(folder, name)), ['network']);
      assert.deepEqual(await verifyState(join(folder, name, 'network')), old.summary);
    }
  });

  it('has replaced it, also when the disk does not let the other one be removed', async () => {
    const taken = steps.indexOf('rename network.coming');
    for (let step = taken + 1; step < steps.length; step++) {
      const name = `refused-${step}`;
      const told = await replaceUntil(name, { step, event: 'refused', isDoneAllTheSame: true });
      assert.match(told.at(-1) ?? '', /^left: .*EIO/, `refused at ${steps[step]}`);
      assert.deepEqual(await verifyState(join(folder, name, 'network')), fresh.summary);
      assert.ok((await readdir(join(folder, name))).length > 1);
    }
    const first = join(folder, `refused-${taken + 1}`);
    await cp(first, join(folder, 'opened'), { recursive: true });
    const toOpen = workUntil('opened', 'open', {});
    assert.deepEqual(await readdir(join(folder, 'opened')), ['network']);
    for (const step of toOpen.keys()) {
      await cp(first, join(folder, `opened-${step}`), { recursive: true });
      const told = workUntil(`opened-${step}`, 'open', { step, event: 'refused', isDoneAllTheSame: true });
      assert.match(told.at(-1) ?? '', /^left: .*EIO/, `refused at ${toOpen[step]}`);
      assert.deepEqual(await verifyState(join(folder, `opened-${step}`, 'network')), fresh.summary);
    }
    await assertWhole(first, fresh);
  });
});

describe('a network that is forgotten', { timeout: 300_000 }, () => {
  it('is there or not, never the half of it, wherever the process is killed', async (context) => {
    /** A network, and beside it what an import that was killed had replaced. */
    const prepare = async (name: string): Promise<void> => {
      await cp(join(folder, 'old'), join(folder, name, 'network'), { recursive: true });
      await cp(join(folder, 'fresh'), join(folder, name, 'network.going'), { recursive: true });
    };
    await prepare('forgotten');
    const steps = workUntil('forgotten', 'forget', {});
    assert.deepEqual(await readdir(join(folder, 'forgotten')), []);
    context.diagnostic(`killed before each of: ${steps.join(', ')}`);
    const renamed = steps.indexOf('rename network');
    assert.ok(renamed >= 0 && renamed < steps.length - 1);
    for (const [step, what] of steps.entries()) {
      for (const event of ['killed', 'killed halfway'] as const) {
        if (event === 'killed halfway' && !what.startsWith('rm ')) continue;
        const name = `forgotten-${step}-${event.replace(' ', '-')}`;
        await prepare(name);
        workUntil(name, 'forget', { step, event });
        if (step <= renamed) assert.deepEqual(await verifyState(join(folder, name, 'network')), old.summary);
        await assertNoHalf(join(folder, name, 'network'));
        assert.deepEqual(await readdir(join(folder, name)), ['network']);
      }
    }
  });

  it('is not one that a node runs, nor is it replaced', async () => {
    const directory = join(folder, 'running', 'network');
    await cp(join(folder, 'old'), directory, { recursive: true });
    const node = await openLocalNode({ ...NODE, stateDirectory: directory });
    const inUse = { detail: { code: 'STATE_DIRECTORY_IN_USE' } };
    await assert.rejects(openLocalNode({ ...NODE, stateDirectory: directory, clean: true }), inUse);
    await assert.rejects(importState(join(folder, 'fresh.state'), directory, true), inUse);
    assert.deepEqual(await readdir(join(folder, 'running')), ['network']);
    await node.close();
    assert.deepEqual((await started(directory)).entries, old.entries);
  });
});
