import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type NetworkProcess,
  runCommand,
  runJson,
  spawnCommand,
  startNetwork,
  temporaryFolder,
  endsWithSuite,
} from '../support/child-process.ts';

const TALKER = `import Debug "mo:core/Debug";
persistent actor { public func say(text : Text) : async () { Debug.print(text) }; public func fail() : async () { assert false };
  public query func look(text : Text) : async Text { Debug.print("looks at " # text); text };
  public query func stumble() : async () { Debug.print("stumbles"); assert false } };`;

describe('myelin logs', () => {
  let folder: string;
  let network: NetworkProcess;
  let id: string;
  const suite = endsWithSuite();
  before(async () => {
    folder = temporaryFolder(suite);
    network = await startNetwork(suite, folder);
    writeFileSync(join(folder, 'talker.mo'), TALKER);
    id = String((await runJson(folder, ['deploy', 'talker.mo']))['canister']);
  });

  const say = (text: string): Promise<unknown> => runJson(folder, ['canister', 'call', 'talker', 'say', `(${JSON.stringify(text)})`]);

  type Shown = {
    readonly text: string;
    readonly name: string | null;
    readonly canister: string;
    readonly time: string;
    readonly from?: string;
    readonly method?: string;
  };

  const look = (text: string): Promise<unknown> => runJson(folder, ['canister', 'query', 'talker', 'look', `(${JSON.stringify(text)})`]);

  /** What the command shows, once it shows that. */
  async function shows(pattern: RegExp, ...options: string[]): Promise<string> {
    for (let tries = 0; ; tries++) {
      const { stdout } = await runCommand(folder, ['logs', 'talker', ...options]);
      if (pattern.test(stdout)) return stdout;
      assert.ok(tries < 20, `${String(pattern)} does not come: ${stdout}`);
      await sleep(100);
    }
  }

  it('shows what is there, by name, and the last lines alone when asked to', async () => {
    await say('first');
    await runJson(folder, ['canister', 'call', 'talker', 'say', '("second \\u{1b}[31m red")']);
    await runCommand(folder, ['canister', 'call', 'talker', 'fail']);
    const { code, stdout } = await runCommand(folder, ['logs', 'talker']);
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split('\n');
    assert.match(lines[0]!, /^\d{4}-\d\d-\d\dT[\d:.]+Z talker first$/);
    assert.ok(!stdout.includes('\u{1b}[31m'), 'a canister does not steer the terminal');
    assert.match(stdout, /talker \[TRAP\]: .*assertion failed/);
    const shown = (await runJson(folder, ['logs', id, '--lines', '1']))['lines'] as Shown[];
    assert.equal(shown.length, 1);
    assert.deepEqual([shown[0]!.name, shown[0]!.canister], ['talker', id]);
    assert.match(shown[0]!.text, /^\[TRAP\]/);
  });

  it('shows what queries print, marked as theirs, and that the canister has kept nothing of it', async () => {
    await look('Ada');
    await runCommand(folder, ['canister', 'query', 'talker', 'stumble']);
    const stdout = await shows(/\(query stumble\) \[TRAP\]: .*assertion failed/);
    assert.match(stdout, /^\d{4}-\d\d-\d\dT[\d:.]+Z talker \(query look\) looks at Ada$/m);
    assert.match(stdout, /talker \(query stumble\) stumbles$/m);
    const lines = (await runJson(folder, ['logs', 'talker']))['lines'] as Shown[];
    const shown = lines.find(({ text }) => text === 'looks at Ada');
    assert.deepEqual([shown?.from, shown?.method, shown?.name], ['query', 'look', 'talker']);
    assert.ok(lines.some(({ text, from, method }) => text === 'first' && from === undefined && method === undefined));
  });

  it('explains what goes wrong', async () => {
    const unknown = await runCommand(folder, ['logs', 'tolker']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /did you mean 'talker'/);
    const away = await runCommand(folder, ['logs', '--network', 'http://127.0.0.1:2']);
    assert.match(away.stderr, /no network answers/);
    const elsewhere = await runCommand(folder, ['logs', '--network', 'ic']);
    assert.equal(elsewhere.code, 2);
    assert.match(elsewhere.stderr, /the public network has no page with the logs of its canisters: .*\nwhat to do: .*dfx canister logs/);
    assert.doesNotMatch((await runCommand(folder, ['logs', '--help'])).stdout, /local\|ic/);
    const wrong = await runCommand(folder, ['logs', '--lines', 'many']);
    assert.equal(wrong.code, 2);
  });

  it('follows, also a node that was away and came back at another address', async () => {
    const child = spawnCommand(folder, ['logs', '-f', '--json']);
    suite.after(() => child.kill('SIGKILL'));
    let out = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
    const texts = (): string[] =>
      out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as Shown).text);
    const until = async (wanted: string): Promise<void> => {
      for (let waited = 0; !texts().includes(wanted); waited += 50) {
        if (waited > 30_000) throw new Error(`waited in vain for ${wanted}; there is ${out}`);
        await sleep(50);
      }
    };
    await until('first');
    await say('while it looks');
    await until('while it looks');
    await look('before the stop');
    await until('looks at before the stop');
    await network.stop('SIGTERM');
    network = await startNetwork(suite, folder);
    await say('after the return');
    await until('after the return');
    await look('after the start');
    await until('looks at after the start');
    assert.equal(texts().filter((text) => text === 'looks at before the stop').length, 1);
    assert.equal(texts().filter((text) => text === 'first').length, 1, 'nothing is told twice');
    const ended = once(child, 'close');
    child.kill('SIGINT');
    await ended;
  });
});
