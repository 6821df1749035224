/** What a node logs of itself: a real one that starts, works, is asked too much, and stops. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { createLogger } from '../../src/logging/index.ts';
import { createNodeLog, openNode } from '../../src/node/index.ts';

type Line = { readonly level: string; readonly component: string; readonly message: string } & Record<string, unknown>;

function collect(): { readonly lines: Line[]; readonly logger: ReturnType<typeof createLogger> } {
  const lines: Line[] = [];
  const logger = createLogger({ level: 'info', format: 'json', write: (line) => void lines.push(JSON.parse(line) as Line) });
  return { lines, logger };
}

it('a node says that it recovered, is ready, took a checkpoint and stopped', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'myelin-log-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { lines, logger } = collect();
  const open = (): ReturnType<typeof openNode> =>
    openNode({
      stateDirectory: folder,
      host: '127.0.0.1',
      port: 0,
      implVersion: '1.2.3',
      logger,
      onFault: (error) => {
        throw error;
      },
    });
  const first = await open();
  await first.close();
  const told = lines.splice(0);
  assert.deepEqual(
    told.map(({ message }) => message),
    ['the state is there again', 'the node is ready', 'the node stops', 'a checkpoint is complete', 'the node has stopped'],
  );
  const ready = told[1]!;
  assert.deepEqual([ready['version'], ready['port'], ready['replayed'], ready['component']], ['1.2.3', first.port, 0, 'node']);
  await (await open()).close();
  const recovered = lines.find(({ message }) => message === 'the state is there again')!;
  assert.deepEqual([recovered['height'], recovered['checkpointHeight'], recovered['replayed']], [1, 1, 0]);
});

it('what could not be removed is told', () => {
  const { lines, logger } = collect();
  createNodeLog(logger).event({ kind: 'leftover', why: 'network.going could not be removed' });
  assert.deepEqual([lines[0]?.level, lines[0]?.['why']], ['warn', 'network.going could not be removed']);
});

it('slow batches and refusals are told once in a while', () => {
  const { lines, logger } = collect();
  const log = createNodeLog(logger);
  const batch = { height: 7, wholeMs: 1_234.5, executionMs: 1_200, durableMs: 3, messages: 9, instructions: 1e9 };
  for (let count = 0; count < 100; count++) {
    log.event({ kind: 'slow-batch', batch });
    log.refused('connection');
    log.refused('request');
    log.requestFault(new RangeError('out of it'), 'GET /x');
  }
  assert.deepEqual(
    lines.map(({ level, message }) => [level, message]),
    [
      ['warn', 'a batch took long'],
      ['warn', 'a connection was refused: there are too many'],
      ['warn', 'a request was refused: there are too many'],
      ['error', 'a request could not be answered'],
    ],
  );
  assert.deepEqual([lines[0]!['height'], lines[0]!['wholeMs'], lines[0]!['messages']], [7, 1_235, 9]);
  assert.deepEqual([lines[3]!['where'], lines[3]!['error']], ['GET /x', 'out of it']);
});
