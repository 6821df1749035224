import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { changedPaths, takeSnapshot } from '../../src/dev/snapshot.ts';
import { awaitChange } from '../../src/dev/watch.ts';
import { temporaryFolder } from '../support/child-process.ts';
import { writeFiles } from '../support/files.ts';

const never = new Promise<never>(() => {});

describe('takeSnapshot', () => {
  it('sees files and folders, and passes over what tools make', async (t) => {
    const folder = temporaryFolder(t);
    writeFiles(folder, { 'src/a.rs': '1', 'target/x': '1', 'node_modules/m/i.js': '1', '.git/HEAD': '1', 'Cargo.toml': '1' });
    const { snapshot } = await takeSnapshot([{ files: [], folders: [folder] }]);
    assert.deepEqual([...snapshot.keys()].toSorted(), [join(folder, 'Cargo.toml'), join(folder, 'src/a.rs')]);
    writeFiles(folder, { 'src/a.rs': '22', 'src/b.rs': '1' });
    rmSync(join(folder, 'Cargo.toml'));
    const after = await takeSnapshot([{ files: [], folders: [folder] }]);
    assert.deepEqual(
      changedPaths(snapshot, after.snapshot).toSorted(),
      ['Cargo.toml', 'src/a.rs', 'src/b.rs'].map((path) => join(folder, path)),
    );
  });

  it('sees sources that come to be beside others', async (t) => {
    const folder = temporaryFolder(t);
    writeFiles(folder, { 'a.mo': '', 'b.mo': '', 'b.txt': '' });
    const { snapshot } = await takeSnapshot([{ files: [join(folder, 'a.mo')], folders: [] }]);
    assert.deepEqual([...snapshot.keys()].toSorted(), [join(folder, 'a.mo'), join(folder, 'b.mo')]);
  });
});

describe('awaitChange', () => {
  it('answers what changed before and while it waits', async (t) => {
    const folder = temporaryFolder(t);
    writeFiles(folder, { 'a.mo': '1', 'sub/b.mo': '1' });
    const watched = [{ files: [], folders: [folder] }];
    const { snapshot } = await takeSnapshot(watched);
    writeFiles(folder, { 'a.mo': '12' });
    assert.deepEqual(await awaitChange(watched, snapshot, never), [join(folder, 'a.mo')]);
    const second = (await takeSnapshot(watched)).snapshot;
    const waiting = awaitChange(watched, second, never);
    // Again and again, until the watchers are there.
    let size = 1;
    const timer = setInterval(() => writeFiles(folder, { 'sub/b.mo': 'x'.repeat(++size) }), 50);
    assert.deepEqual(await waiting, [join(folder, 'sub/b.mo')]);
    clearInterval(timer);
  });

  it('ends when it is told to', async (t) => {
    const folder = temporaryFolder(t);
    writeFiles(folder, { 'a.mo': '1' });
    const watched = [{ files: [join(folder, 'a.mo')], folders: [] }];
    const { snapshot } = await takeSnapshot(watched);
    assert.deepEqual(await awaitChange(watched, snapshot, Promise.resolve()), []);
  });
});
