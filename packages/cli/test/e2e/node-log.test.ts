import assert from 'node:assert/strict';
import { it } from 'node:test';
import { runCommand, spawnCommand, startNetwork, temporaryFolder } from '../support/child-process.ts';

it('with a log for programs every line on standard error is one', async (t) => {
  const folder = temporaryFolder(t);
  const environment = { MYELIN_LOG_FORMAT: 'json' };
  const network = await startNetwork(t, folder, [], spawnCommand(folder, ['start', '--port', '0', '--json'], environment));
  await network.stop('SIGTERM');
  const lines = network
    .stderr()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly level: string; readonly component: string; readonly message: string });
  const messages = lines.map(({ message }) => message);
  for (const expected of ['the node is ready', 'a checkpoint is complete', 'the node has stopped'])
    assert.ok(messages.includes(expected), expected);
  assert.ok(lines.some(({ component, message }) => component === 'command' && message.startsWith('Stopping (SIGTERM)')));
});

it('levels and formats that are none are refused', async (t) => {
  const folder = temporaryFolder(t);
  const level = await runCommand(folder, ['start', '--memory', '--log-level', 'loud']);
  assert.equal(level.code, 2);
  assert.match(level.stderr, /'loud' is not a value of --log-level[^]*debug, info, warn, error, silent/);
  const format = await runCommand(folder, ['start', '--memory', '--port', '0'], { MYELIN_LOG_FORMAT: 'xml' });
  assert.equal(format.code, 2);
});
