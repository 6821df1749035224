/** Lines of the log, and how many there are. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createLogger, limitLog, LOG_LEVELS, type LoggerOptions } from '../../src/logging/index.ts';

function logged(options: Partial<LoggerOptions>, use: (logger: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = [];
  use(createLogger({ level: 'debug', format: 'json', nowMs: () => 1_700_000_000_123, write: (line) => void lines.push(line), ...options }));
  return lines;
}

describe('the log', () => {
  it('is a JSON object a line for programs', () => {
    const [line] = logged({}, (logger) => logger.warn('http', 'refused', { more: 3, height: 12n, code: undefined, isLast: true }));
    assert.deepEqual(JSON.parse(line!), {
      time: '2023-11-14T22:13:20.123Z',
      level: 'warn',
      component: 'http',
      message: 'refused',
      more: 3,
      height: '12',
      isLast: true,
    });
  });

  it('is a line of text for people', () => {
    const [line] = logged({ format: 'text' }, (logger) =>
      logger.info('replica', 'a checkpoint is complete', { height: 5, why: 'it was time' }),
    );
    assert.equal(line, '2023-11-14T22:13:20.123Z info  replica  a checkpoint is complete height=5 why="it was time"\n');
  });

  it('stays one printable line, whatever it is given', () => {
    const text = fc.string({ unit: 'binary', maxLength: 3_000 });
    fc.assert(
      fc.property(text, text, (message, fact) => {
        for (const format of ['text', 'json'] as const) {
          const [line] = logged({ format }, (logger) => logger.error('node', message, { fact }));
          assert.match(line!, /^[^\n]*\n$/);
          assert.ok(line!.length < 30_000);
          if (format === 'json') JSON.parse(line!);
          else assert.doesNotMatch(line!.slice(0, -1), /\p{Cc}/u);
        }
      }),
    );
  });

  it('leaves out what is below its level', () => {
    for (const [index, level] of LOG_LEVELS.entries()) {
      const lines = logged({ level }, (logger) => {
        for (const own of ['debug', 'info', 'warn', 'error'] as const) logger[own]('node', own);
      });
      assert.deepEqual(
        lines.map((line) => (JSON.parse(line) as { level: string }).level),
        LOG_LEVELS.slice(index).filter((own) => own !== 'silent'),
      );
    }
  });
});

describe('events that others bring about', () => {
  it('are told once in a while, with how many there were', () => {
    const clock = { ms: 0 };
    const limited = limitLog(1_000, () => clock.ms);
    const told: [string, number][] = [];
    const report = (kind: string): void => limited.report(kind, (untold) => void told.push([kind, untold]));
    for (let count = 0; count < 5; count++) report('a');
    report('b');
    clock.ms = 999;
    report('a');
    clock.ms = 1_000;
    report('a');
    report('a');
    assert.deepEqual(told, [
      ['a', 0],
      ['b', 0],
      ['a', 5],
    ]);
  });
});
