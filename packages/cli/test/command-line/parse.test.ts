import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { IcError } from '@myelin/core/base';
import { SETTINGS } from '../../src/canister-control/index.ts';
import type { FailureDetail } from '../../src/terminal/index.ts';
import {
  commandHelp,
  type CommandSpec,
  findCommand,
  nearestWord,
  parseCommandLine,
  programHelp,
  topicHelp,
} from '../../src/command-line/index.ts';
import { commands, topics } from '../../src/commands/index.ts';

const plain = { bold: (text: string) => text, dim: (text: string) => text };

const spec: CommandSpec = {
  path: ['try'],
  operands: 'FILE [MORE]',
  operandCount: [1, 2],
  summary: 'Try',
  description: ['It tries.'],
  options: [
    { name: 'port', short: 'p', value: 'N', help: 'A port. Default: 8000.' },
    { name: 'memory', help: 'A switch.' },
    { name: 'package', value: 'NAME=DIR', isList: true, help: 'A list.' },
  ],
  examples: [['myelin try x', 'try it']],
};

/** Code, message and remedy of what a function throws. */
function failureOf(run: () => unknown): { code: string; message: string; remedy: string | undefined; exitCode: number | undefined } {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof IcError);
    const { code, remedy, exitCode } = error.detail as FailureDetail;
    return { code, message: error.message, remedy, exitCode };
  }
  return assert.fail('it should have failed');
}

describe('parseCommandLine', () => {
  it('sorts options and operands in any order', () => {
    const line = parseCommandLine(spec, ['a', '--port', '1', '--memory', '--package=x=1', 'b', '--package', 'y=2']);
    assert.deepEqual(line.operands, ['a', 'b']);
    assert.equal(line.text('port'), '1');
    assert.equal(line.flag('memory'), true);
    assert.deepEqual(line.list('package'), ['x=1', 'y=2']);
    assert.equal(line.flag('json'), false);
  });

  it('takes short options, and everything after -- as operands', () => {
    const line = parseCommandLine(spec, ['-p', '7', '--', '--memory', '-x']);
    assert.equal(line.text('port'), '7');
    assert.deepEqual(line.operands, ['--memory', '-x']);
    assert.equal(line.flag('memory'), false);
  });

  it('suggests the option that was meant', () => {
    const failure = failureOf(() => parseCommandLine(spec, ['a', '--prot', '1']));
    assert.deepEqual(failure, {
      code: 'USAGE_OPTION_UNKNOWN',
      message: "'--prot' is not an option of 'myelin try'",
      remedy: "did you mean '--port'?",
      exitCode: 2,
    });
    assert.equal(failureOf(() => parseCommandLine(spec, ['a', '--zzzzzz'])).remedy, 'myelin try --help lists its options');
    assert.equal(failureOf(() => parseCommandLine(spec, ['a', '-z'])).code, 'USAGE_OPTION_UNKNOWN');
  });

  it('wants values where values belong, and none elsewhere', () => {
    assert.deepEqual(
      failureOf(() => parseCommandLine(spec, ['a', '--port'])),
      {
        code: 'USAGE_OPTION_VALUE',
        message: "'--port' needs a value",
        remedy: 'write --port N',
        exitCode: 2,
      },
    );
    assert.match(failureOf(() => parseCommandLine(spec, ['a', '--port', '--memory'])).message, /looks like an option/);
    assert.match(failureOf(() => parseCommandLine(spec, ['a', '--memory=yes'])).message, /takes no value/);
    assert.equal(parseCommandLine(spec, ['a', '--port=-1']).text('port'), '-1');
  });

  it('counts operands', () => {
    assert.equal(failureOf(() => parseCommandLine(spec, [])).remedy, 'write myelin try FILE [MORE]');
    const many = failureOf(() => parseCommandLine(spec, ['a', 'b', 'c']));
    assert.match(many.message, /'c' is one word too many/);
    assert.match(many.remedy ?? '', /quotes/);
    assert.equal(parseCommandLine(spec, ['--help']).flag('help'), true);
  });
});

describe('findCommand', () => {
  it('finds commands of one and two words', () => {
    const start = findCommand(commands, ['start', '--memory']);
    assert.ok(start.kind === 'command');
    assert.deepEqual([start.command.path, start.rest], [['start'], ['--memory']]);
    const call = findCommand(commands, ['canister', 'call', 'x', 'y']);
    assert.ok(call.kind === 'command');
    assert.deepEqual(
      [call.command.path, call.rest],
      [
        ['canister', 'call'],
        ['x', 'y'],
      ],
    );
    assert.deepEqual(findCommand(commands, ['canister', '--help']), { kind: 'group', group: 'canister' });
  });

  it('suggests the command that was meant', () => {
    assert.equal(failureOf(() => findCommand(commands, ['strat'])).remedy, "did you mean 'myelin start'?");
    assert.equal(failureOf(() => findCommand(commands, ['dep'])).remedy, "did you mean 'myelin deploy'?");
    assert.equal(failureOf(() => findCommand(commands, ['canister', 'stauts'])).remedy, "did you mean 'myelin canister status'?");
    assert.equal(failureOf(() => findCommand(commands, ['bitcoin'])).remedy, 'myelin --help lists the commands');
  });
});

describe('nearestWord', () => {
  it('stays silent when nothing is near', () => {
    assert.equal(nearestWord('port', ['host', 'state']), undefined);
    assert.equal(nearestWord('x'.repeat(10_000), ['x']), undefined);
    assert.equal(nearestWord('', ['a', 'b']), undefined);
  });

  it('knows swapped, missing, added and changed letters, and beginnings', () => {
    for (const word of ['strat', 'stat', 'starrt', 'stark', 'sta', 'START'])
      assert.equal(nearestWord(word, ['deploy', 'start']), 'start', word);
  });
});

describe('help', () => {
  it('says of every command what it does, every option with its default, and an example', () => {
    assert.ok(commands.length >= 10);
    for (const command of commands) {
      const text = commandHelp(command, plain);
      assert.match(text, new RegExp(`^Usage\n  myelin ${command.path.join(' ')} `), command.path.join(' '));
      assert.ok(
        command.examples.length > 0 && command.examples.every(([example]) => example.startsWith(`myelin ${command.path.join(' ')}`)),
      );
      for (const option of command.options) {
        if (option.value !== undefined && option.isList !== true && option.name !== 'id')
          assert.match(option.help, /Default:/, `${command.path.join(' ')} --${option.name}`);
        assert.ok(text.includes(`--${option.name}`));
      }
      for (const title of ['Options', 'Exit codes', 'Environment', 'Examples']) assert.match(text, new RegExp(`^${title}$`, 'm'), title);
      if (command.options.some(({ name }) => name === 'state')) assert.match(text, /^Files\n {2}\.myelin\//m);
      if (command.options.some(({ name }) => name === 'identity')) assert.match(text, /MYELIN_CONFIG/);
      for (const line of text.split('\n')) assert.ok(line.length <= 100 || line.startsWith('  myelin'), line);
    }
  });

  it('lists every command, and the exit codes', () => {
    const text = programHelp(commands, topics, '1.2.3', plain);
    for (const command of commands)
      assert.ok(text.includes(`  ${command.path.join(' ')} `) || text.includes(`  ${command.path.join(' ')}\n`));
    assert.match(text, /Exit codes\n {2}0 /);
    for (const { name } of topics) assert.ok(text.includes(`  help ${name} `), name);
  });

  it('explains topics, none of which is called like a command', () => {
    assert.ok(topics.length >= 6);
    for (const topic of topics) {
      assert.ok(!commands.some(({ path }) => path[0] === topic.name), topic.name);
      const text = topicHelp(topic, plain);
      assert.ok(text.startsWith(`${topic.name}: ${topic.summary}\n\n`));
      for (const line of text.split('\n')) assert.ok(line.length <= 100, line);
    }
  });

  it('names every environment variable that the program reads', () => {
    const sources = fileURLToPath(new URL('../../src', import.meta.url));
    const read = new Set<string>();
    for (const file of readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))) {
      const text = readFileSync(join(sources, file), 'utf8');
      for (const [name] of text.matchAll(/(?<=\benv\[')[A-Z_]+(?='\])|(?<=')MYELIN_[A-Z_]+(?=')/g)) read.add(name);
    }
    assert.ok(read.size >= 8, [...read].join(' '));
    const topic = topics.find(({ name }) => name === 'environment');
    assert.ok(topic !== undefined);
    const text = topicHelp(topic, plain);
    for (const name of read) assert.match(text, new RegExp(`^ {2}${name} `, 'm'), name);
    const start = commands.find(({ path }) => path[0] === 'start');
    assert.ok(start !== undefined);
    for (const name of ['PORT', 'MYELIN_LOG_LEVEL', 'MYELIN_LOG_FORMAT'])
      assert.match(commandHelp(start, plain), new RegExp(`^ {2}${name} `, 'm'), name);
  });

  it('offers an option for every setting that can be changed', () => {
    const options = new Set(commands.find(({ path }) => path[1] === 'settings')?.options.map(({ name }) => name));
    for (const { option } of SETTINGS) assert.ok(options.has(option), option);
  });

  it('puts what belongs to a long head below it', () => {
    const long = 'x'.repeat(40);
    const text = topicHelp(
      {
        name: 'n',
        summary: 's',
        content: [
          [
            ['a', 'short'],
            [long, 'below'],
          ],
        ],
      },
      plain,
    );
    assert.equal(text, `n: s\n\n  a  short\n  ${long}\n     below`);
  });
});
