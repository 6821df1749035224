import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { cutFullLog, LOG_BYTES_MAX, openLog, readLogTail } from '../../src/start/background-log.ts';
import { temporaryFolder } from '../support/child-process.ts';

const MODULE = new URL('../../src/start/background-log.ts', import.meta.url).href;

/** Runs a program whose standard error is the log, as a network in the background has it. */
function runWithLog(path: string, program: string): void {
  const { descriptor } = openLog(path);
  const source = `import { createLogTerminal } from '${MODULE}'; const terminal = createLogTerminal(${JSON.stringify(path)}); ${program}`;
  const { status } = spawnSync(process.execPath, ['--conditions=myelin-source', '--input-type=module', '-e', source], {
    stdio: ['ignore', descriptor, descriptor],
  });
  closeSync(descriptor);
  assert.equal(status, 0, readFileSync(path, 'utf8').slice(-2_000));
}

describe('the log of a network in the background', () => {
  it('says when, what, why, and what to do', (t) => {
    const path = join(temporaryFolder(t), 'node.log');
    runWithLog(
      path,
      `terminal.note('one\\ntwo'); terminal.warn('careful'); terminal.failure(Object.assign(new Error('x'), { code: 'ENOSPC', path: 'f' }));`,
    );
    const lines = readFileSync(path, 'utf8').split('\n');
    assert.deepEqual(
      lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /, '')),
      [
        'one',
        'two',
        'warning: careful',
        'error: f: the disk is full',
        'what to do: free some space, then start again: everything that was answered is kept',
        '',
      ],
    );
  });

  it('does not grow without end, loses nothing of the newest, and goes on after it was cut', (t) => {
    const path = join(temporaryFolder(t), 'node.log');
    runWithLog(path, `for (let i = 0; i < 120_000; i++) terminal.note('line ' + i + ' ' + 'x'.repeat(60));`);
    const [now, before] = [readFileSync(path, 'utf8'), readFileSync(`${path}.1`, 'utf8')];
    assert.ok(now.length < LOG_BYTES_MAX && before.length < LOG_BYTES_MAX + 1_000);
    const numbers = `${before}${now}`.split('\n').flatMap((line) => / line (\d+) /.exec(line)?.[1] ?? []);
    assert.equal(numbers.at(-1), '119999');
    assert.equal(Number(numbers.at(-1)) - Number(numbers[0]), numbers.length - 1);
    assert.ok(!now.includes('\0'));
  });

  it('is shown from where a start began, and not more of it than is read', (t) => {
    const path = join(temporaryFolder(t), 'node.log');
    writeFileSync(path, 'old\n');
    const { size } = statSync(path);
    writeFileSync(path, `old\nnew 1\nnew 2\n`);
    assert.deepEqual(readLogTail(path, size), ['new 1', 'new 2']);
    assert.deepEqual(readLogTail(path, 1_000), []);
    writeFileSync(path, Array.from({ length: 10_000 }, (_, index) => `line ${index}`).join('\n'));
    const tail = readLogTail(path, 0);
    assert.deepEqual([tail.length, tail.at(-1)], [20, 'line 9999']);
    // Cut meanwhile.
    cutFullLog(path, 10);
    assert.deepEqual(readLogTail(path, 1_000_000), []);
  });
});
