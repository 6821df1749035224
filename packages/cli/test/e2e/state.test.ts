import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCommand, runJson, startNetwork, temporaryFolder, type Cleanup } from '../support/child-process.ts';

const COUNTER = fileURLToPath(new URL('../../../../testing/canisters/motoko/counter.mo', import.meta.url));

function failureOf(stdout: string): { readonly code: string; readonly message: string; readonly remedy?: string } {
  return (JSON.parse(stdout) as { readonly error: ReturnType<typeof failureOf> }).error;
}

/** Makes a network with a counter, or goes on with the one of the folder, adds to the counter, and stops or kills it. */
async function count(t: Cleanup, folder: string, amount: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<string> {
  const network = await startNetwork(t, folder);
  if (!existsSync(join(folder, 'counter.mo'))) {
    copyFileSync(COUNTER, join(folder, 'counter.mo'));
    await runJson(folder, ['deploy', 'counter.mo']);
  }
  const { canister } = await runJson(folder, ['canister', 'call', 'counter', 'add', `(${amount})`]);
  await network.stop(signal);
  return String(canister);
}

/** What a canister, by its id or name, has counted. */
async function counter(t: Cleanup, folder: string, canister: string): Promise<string> {
  const network = await startNetwork(t, folder);
  const { values } = await runJson(folder, ['canister', 'query', canister, 'get', '--state', join(folder, '.myelin')]);
  await network.stop('SIGTERM');
  return String(values);
}

/** Every file below a folder with its bytes. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(names.toSorted().map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}

describe('the state of a stopped network', () => {
  it('moves to another folder as one file, with keys, ids and names, and is checked on the way', async (t) => {
    const folder = temporaryFolder(t);
    const id = await count(t, folder, 3, 'SIGKILL');
    const left = contents(join(folder, '.myelin'));
    const verified = await runJson(folder, ['state', 'verify']);
    assert.equal(verified['canisters'], 1);
    assert.deepEqual(contents(join(folder, '.myelin')), left, 'a look changes nothing');
    assert.ok(Number(verified['replayed']) > 0, 'it was killed');
    const exported = await runJson(folder, ['state', 'export', 'network.state']);
    assert.equal(exported['digest'], verified['digest']);
    const file = join(folder, 'network.state');
    assert.equal(exported['bytes'], readFileSync(file).length);

    const other = temporaryFolder(t);
    const imported = await runJson(other, ['state', 'import', file]);
    assert.deepEqual(
      [imported['digest'], imported['height'], imported['rootKey']],
      [exported['digest'], exported['height'], exported['rootKey']],
    );
    assert.equal(await counter(t, other, 'counter'), '3');
    assert.equal(await counter(t, other, id), '3');
    assert.deepEqual(
      readdirSync(join(other, '.myelin')).filter((name) => /coming|going/.test(name)),
      [],
    );
  });

  it('goes back to a snapshot', async (t) => {
    const folder = temporaryFolder(t);
    const id = await count(t, folder, 2);
    await runJson(folder, ['state', 'snapshot', 'two']);
    await count(t, folder, 3);
    const missing = await runCommand(folder, ['state', 'restore', 'three', '--json']);
    assert.deepEqual([missing.code, failureOf(missing.stdout).code], [1, 'SNAPSHOT_MISSING']);
    assert.match(failureOf(missing.stdout).remedy ?? '', /there are: two/);
    const again = await runCommand(folder, ['state', 'snapshot', 'two', '--json']);
    assert.equal(failureOf(again.stdout).code, 'SNAPSHOT_EXISTS');
    const { snapshots } = await runJson(folder, ['state', 'snapshots']);
    const [two] = snapshots as { readonly name: string; readonly bytes: number; readonly file: string; readonly takenAt: string }[];
    assert.deepEqual(
      [(snapshots as unknown[]).length, two?.name, two?.bytes],
      [1, 'two', readFileSync(join(folder, String(two?.file))).length],
    );
    assert.match((await runCommand(folder, ['state', 'snapshots'])).stdout, /^two {2}\d{4}-\d\d-\d\dT[\d:.]+Z {2}\d+\.\d MB\n$/);
    const lost = await runCommand(folder, ['state', 'restore', 'two', '--json']);
    assert.deepEqual([lost.code, failureOf(lost.stdout).code], [1, 'CONFIRMATION_MISSING']);
    assert.match(
      failureOf(lost.stdout).message,
      /^the network would go back to two of 2[\dT:.-]+Z: what came after would be gone; nothing was/,
    );
    assert.equal(await counter(t, folder, id), '5');
    await runJson(folder, ['state', 'restore', 'two', '--yes']);
    assert.equal(await counter(t, folder, id), '2');
    rmSync(join(folder, '.myelin', 'network'), { recursive: true });
    assert.ok((await runJson(folder, ['state', 'restore', 'two']))['height'], 'where nothing is lost, nothing is asked');
    const asked = await runCommand(folder, ['state', 'delete-snapshot', 'two', '--json']);
    assert.equal(failureOf(asked.stdout).code, 'CONFIRMATION_MISSING');
    await runJson(folder, ['state', 'delete-snapshot', 'two', '--yes']);
    assert.ok(!existsSync(join(folder, String(two?.file))));
    const gone = await runCommand(folder, ['state', 'delete-snapshot', 'two', '--yes', '--json']);
    assert.equal(failureOf(gone.stdout).code, 'SNAPSHOT_MISSING');
    assert.deepEqual((await runJson(folder, ['state', 'snapshots']))['snapshots'], []);
  });

  it('is left as it is by whatever can not be done', async (t) => {
    const folder = temporaryFolder(t);
    const none = await runCommand(folder, ['state', 'verify', '--json']);
    assert.equal(failureOf(none.stdout).code, 'STATE_MISSING');
    const id = await count(t, folder, 1);
    await runJson(folder, ['state', 'export', 'network.state']);
    const refused = await runCommand(folder, ['state', 'import', 'network.state', '--json']);
    assert.equal(failureOf(refused.stdout).code, 'STATE_EXISTS');

    const whole = readFileSync(join(folder, 'network.state'));
    writeFileSync(join(folder, 'damaged.state'), whole.subarray(0, whole.length - 100));
    const damaged = await runCommand(folder, ['state', 'import', 'damaged.state', '--replace', '--json']);
    assert.deepEqual([damaged.code, failureOf(damaged.stdout).code], [1, 'STATE_FILE_UNREADABLE']);
    assert.ok(!existsSync(join(folder, '.myelin', 'network.coming')));

    const running = await startNetwork(t, folder);
    const busy = await runCommand(folder, ['state', 'verify', '--json']);
    assert.equal(failureOf(busy.stdout).code, 'STATE_FOLDER_IN_USE');
    assert.equal(String((await runJson(folder, ['canister', 'query', id, 'get']))['values']), '1');
    await running.stop('SIGTERM');

    truncateSync(join(folder, '.myelin', 'network', 'checkpoint', 'checkpoint.db'), 20_000);
    const cut = await runCommand(folder, ['state', 'verify', '--json']);
    assert.deepEqual([cut.code, failureOf(cut.stdout).code], [1, 'CHECKPOINT_UNREADABLE']);
    await runJson(folder, ['state', 'import', 'network.state', '--replace']);
    assert.equal(await counter(t, folder, id), '1');
  });
});
