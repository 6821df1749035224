import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const SHOW_PROGRESS = fileURLToPath(new URL('../support/show-progress.ts', import.meta.url));
const COMMAND = [process.execPath, '--conditions=myelin-source', SHOW_PROGRESS];
const ESCAPE = '\u001b';

type Said = { readonly stdout: string; readonly stderr: string };

const ENVIRONMENT = { PATH: process.env['PATH'] ?? '', TERM: 'xterm' };

/** With pipes instead of a terminal. */
function piped(words: readonly string[], env: Readonly<Record<string, string>> = {}): Said {
  const [program = '', ...rest] = COMMAND;
  const { status, stdout, stderr } = spawnSync(program, [...rest, ...words], { env: { ...ENVIRONMENT, ...env }, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return { stdout, stderr };
}

/** On a terminal, which shows both streams. */
function onTerminal(words: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const command = [...COMMAND, ...words].map((word) => `'${word}'`).join(' ');
  const { status, stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    env: { ...ENVIRONMENT, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  assert.equal(status, 0, stdout);
  return stdout;
}

const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

describe('away from a terminal', () => {
  it('there is the result alone: no progress, no colours', () => {
    assert.deepEqual(piped([]), { stdout: 'done\n', stderr: '' });
    assert.deepEqual(piped(['--json']), { stdout: '{"ok":true,"done":true}\n', stderr: '' });
  });

  it('there are colours where they are asked for', () => {
    assert.equal(piped([], { FORCE_COLOR: '1' }).stdout, `${ESCAPE}[32mdone${ESCAPE}[39m\n`);
  });
});

describe('on a terminal', { skip: hasScript ? false : 'there is no program that makes one (script of util-linux)' }, () => {
  it('there are progress and colours', () => {
    const said = onTerminal([]);
    assert.match(said, /Waiting for a while/);
    assert.ok(said.includes(`${ESCAPE}[32mdone`), said);
  });

  it('there are no colours with NO_COLOR', () => {
    const said = onTerminal([], { NO_COLOR: '1' });
    assert.match(said, /Waiting for a while/);
    // Lines are redrawn still; nothing is coloured.
    assert.ok(!said.includes(`${ESCAPE}[3`), said);
  });

  it('there is no line that changes where the terminal can not', () => {
    const said = onTerminal([], { TERM: 'dumb' });
    assert.ok(!said.includes('Waiting') && said.includes('done'), said);
  });
});
