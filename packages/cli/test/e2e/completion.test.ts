import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { principalFromText } from '@myelin/core/base';
import { commands } from '../../src/commands/index.ts';
import { rememberCanisterId } from '../../src/project/index.ts';
import { type Cleanup, runCommand, runJson, temporaryFolder } from '../support/child-process.ts';

const PROGRAM = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Why a shell cannot be tested here; false when it can. */
function missing(shell: string): string | false {
  if (process.platform === 'win32') return 'the program of this test is a script for sh';
  return spawnSync(shell, ['-c', 'exit 0']).status === 0 ? false : `there is no ${shell} on this machine`;
}

type Project = { readonly folder: string; run(shell: string, words: readonly string[]): Promise<string> };

/**
 * A folder with canisters, identities, files, and the program on the PATH. What is run as `myelin` there is completed by the program
 * itself; other commands are noted in `ran`.
 */
async function openProject(t: Cleanup, shell: string): Promise<Project> {
  const folder = temporaryFolder(t);
  const network = { rootKey: Uint8Array.of(1), address: 'http://localhost:1' };
  for (const name of ['hello', 'ledger', 'it has spaces'])
    await rememberCanisterId(join(folder, '.myelin'), network, name, principalFromText('aaaaa-aa'));
  await rememberCanisterId(join(folder, 'other state'), network, 'elsewhere', principalFromText('aaaaa-aa'));
  await runJson(folder, ['identity', 'new', 'alice']);
  writeFileSync(join(folder, 'counter.mo'), '');
  writeFileSync(join(folder, 'dfx.json'), JSON.stringify({ canisters: { backend: { type: 'motoko', main: 'counter.mo' } } }));
  mkdirSync(join(folder, 'canisters'));
  mkdirSync(join(folder, 'bin'));
  const program = join(folder, 'bin', 'myelin');
  writeFileSync(
    program,
    `#!/bin/sh\nif [ "$1" = completion ]; then exec '${process.execPath}' --conditions=myelin-source '${PROGRAM}' "$@"; fi\necho "$*" >> '${join(folder, 'ran')}'\n`,
  );
  chmodSync(program, 0o755);
  const { code, stdout } = await runCommand(folder, ['completion', shell]);
  assert.equal(code, 0);
  writeFileSync(join(folder, 'script'), stdout);
  const env = {
    PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
    HOME: folder,
    MYELIN_CONFIG: join(folder, 'config'),
    TERM: 'dumb',
  };
  const run = async (name: string, words: readonly string[]): Promise<string> => {
    const child = spawn(name, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, error] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text));
    const [exitCode] = (await once(child, 'close')) as [number | null];
    assert.deepEqual([exitCode, error], [0, ''], out);
    return out;
  };
  return { folder, run };
}

/** Words before the cursor, the last of which is completed, and what has to be offered. */
const CASES: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
  [['sta'], ['start', 'status', 'state']],
  [['canister', ''], commands.flatMap(({ path }) => (path[0] === 'canister' && path[1] !== undefined ? [path[1]] : []))],
  [['start', '--back'], ['--background']],
  [['--json', 'start', '--back'], ['--background']],
  [
    ['canister', 'call', ''],
    ['backend', 'hello', 'ledger'],
  ],
  [['deploy', 'hello', 'bac'], ['backend']],
  [['canister', 'call', '--network', 'ic', 'h'], ['hello']],
  [
    ['canister', 'call', 'hello', 'greet', '--identity', ''],
    ['alice', 'anonymous'],
  ],
  [['identity', 'use', 'al'], ['alice']],
  [['deploy', 'counter.mo', '--mode', 're'], ['reinstall']],
  [['canister', 'status', '--state', 'other state', 'el'], ['elsewhere']],
  [['completion', 'ba'], ['bash']],
  [['help', 'cyc'], ['cycles']],
  [['cycles', 'top-up', 'hello', ''], []],
  [['canister', 'call', 'hello', '--network', 'http://x', ''], []],
];

describe('myelin completion bash', { skip: missing('bash') }, () => {
  it('completes commands, options, values, canisters, identities and files', async (t) => {
    const { run } = await openProject(t, 'bash');
    const quote = (word: string): string => `'${word}'`;
    const lines = [
      ...CASES,
      [['deploy', 'cou'], ['counter.mo']] as const,
      [['start', '--state', 'can'], ['canisters']] as const,
      // As bash splits --mode=re and --state=….
      [['deploy', 'x.mo', '--mode', '=', 're'], ['reinstall']] as const,
      [['canister', 'status', '--state', '=', 'other state', 'else'], ['elsewhere']] as const,
    ];
    const program = [
      'source ./script',
      'try() { COMP_WORDS=(myelin "$@"); COMP_CWORD=$#; _myelin; echo "${COMPREPLY[*]}"; }',
      ...lines.map(([words]) => `try ${words.map(quote).join(' ')}`),
    ];
    const answers = (await run('bash', ['--norc', '-c', program.join('\n')])).split('\n');
    for (const [index, [words, offered]] of lines.entries())
      assert.deepEqual((answers[index] ?? '').split(' ').filter(Boolean).toSorted(), [...offered].toSorted(), words.join(' '));
  });

  it('is bound to the program', async (t) => {
    const { run } = await openProject(t, 'bash');
    assert.match(await run('bash', ['--norc', '-c', 'source ./script; complete -p myelin']), /-F _myelin myelin/);
  });
});

describe('myelin completion fish', { skip: missing('fish') }, () => {
  it('completes commands, options, values, canisters, identities and files', async (t) => {
    const { run } = await openProject(t, 'fish');
    const lines = [
      ...CASES,
      [['deploy', 'cou'], ['counter.mo']] as const,
      [['start', '--state', 'can'], ['canisters/']] as const,
      [['deploy', 'x.mo', '--mode=re'], ['--mode=reinstall']] as const,
    ];
    const typed = (words: readonly string[]): string => words.map((word) => word.replaceAll(' ', String.raw`\ `)).join(' ');
    const program = lines.map(
      ([words]) => `echo ==; complete -C ${JSON.stringify(`myelin ${typed(words)}`)} | string replace -r '\\t.*' ''`,
    );
    const output = await run('fish', ['--no-config', '-c', ['source ./script', ...program].join('\n')]);
    const answers = output.split('==\n').slice(1);
    for (const [index, [words, offered]] of lines.entries()) {
      const answered = (answers[index] ?? '').split('\n').filter(Boolean);
      assert.deepEqual(answered.toSorted(), [...offered].toSorted(), words.join(' '));
    }
  });
});

describe('myelin completion zsh', { skip: missing('zsh') }, () => {
  it('completes in a shell that somebody types in', async (t) => {
    const { folder, run } = await openProject(t, 'zsh');
    // One completion is possible each time: what is run then says whether it was made.
    const typed = [
      'sto\t',
      'start --back\t',
      'canister call led\t',
      'identity use ali\t',
      'deploy x.mo --mode rei\t',
      'deploy x.mo --mode=rei\t',
      'deploy coun\t',
      'canister status --state=canisters --identity anon\t',
    ];
    const expected = [
      'stop',
      'start --background',
      'canister call ledger',
      'identity use alice',
      'deploy x.mo --mode reinstall',
      'deploy x.mo --mode=reinstall',
      'deploy counter.mo',
      'canister status --state=canisters --identity anonymous',
    ];
    const program = [
      'zmodload zsh/zpty',
      'zpty shell zsh -f -i',
      `send() { zpty -w shell "$1"; local seen; zpty -r -m shell seen '*READY*' }`,
      `send 'PROMPT=""; autoload -Uz compinit; compinit -u -D; source ./script; print READ""Y'`,
      ...typed.map((line) => `send $'myelin ${line.replace('\t', String.raw`\t`)}\\nprint READ""Y'`),
      'zpty -d shell',
    ];
    await run('zsh', ['-f', '-c', program.join('\n')]);
    const ran = existsSync(join(folder, 'ran')) ? readFileSync(join(folder, 'ran'), 'utf8') : '';
    assert.deepEqual(
      ran
        .split('\n')
        .map((line) => line.trimEnd())
        .filter(Boolean),
      expected,
    );
  });
});

describe('myelin completion', () => {
  it('knows every command and option in every shell', async (t) => {
    const folder = temporaryFolder(t);
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { script } = await runJson(folder, ['completion', shell]);
      for (const { path, options } of commands) {
        for (const word of [...path, ...options.map(({ name }) => name)]) assert.ok(String(script).includes(word), `${word} in ${shell}`);
      }
    }
  });

  it('can tell values from operands: an option takes one in every command, or in none', () => {
    const options = commands.flatMap((command) => command.options);
    for (const { name, value } of options) {
      for (const other of options) if (other.name === name) assert.equal(other.value === undefined, value === undefined, `--${name}`);
    }
  });

  it('prints names for scripts, and nothing where there are none', async (t) => {
    const folder = temporaryFolder(t);
    assert.deepEqual(await runCommand(folder, ['completion', 'canisters']), { code: 0, stdout: '', stderr: '' });
    assert.deepEqual((await runJson(folder, ['completion', 'identities']))['names'], ['anonymous']);
    assert.equal((await runCommand(folder, ['completion', 'tcsh'])).code, 2);
    assert.equal((await runCommand(folder, ['completion'])).code, 2);
  });
});
