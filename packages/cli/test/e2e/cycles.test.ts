import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCommand, runJson, startNetwork, temporaryFolder } from '../support/child-process.ts';

const EMPTY_MODULE = Buffer.from('0061736d01000000', 'hex');

type Failure = { readonly error: { readonly code: string; readonly message: string } };

const codeOf = (stdout: string): string => (JSON.parse(stdout) as Failure).error.code;

describe('myelin cycles', () => {
  it('shows the balance to controllers, and gives more of them to every canister', async (t) => {
    const folder = temporaryFolder(t);
    await startNetwork(t, folder);
    writeFileSync(join(folder, 'empty.wasm'), EMPTY_MODULE);
    const deployed = await runJson(folder, ['deploy', 'empty.wasm', '--cycles', '3T']);
    const before = await runJson(folder, ['cycles', 'balance', 'empty']);
    assert.equal(before['canister'], deployed['canister']);
    const balance = BigInt(String(before['cycles']));
    assert.ok(balance > 2_900_000_000_000n && balance <= 3_000_000_000_000n, String(balance));
    assert.ok(BigInt(String(before['idleCyclesBurnedPerDay'])) > 0n);
    const given = await runJson(folder, ['cycles', 'top-up', 'empty', '2T']);
    assert.equal(given['added'], '2000000000000');
    assert.ok(BigInt(String(given['cycles'])) > balance + 1_900_000_000_000n);
    assert.ok(BigInt(String(given['cycles'])) <= balance + 2_000_000_000_000n);
    const text = await runCommand(folder, ['cycles', 'balance', 'empty']);
    assert.match(text.stdout, /^4\.\d\d T cycles \(4_\d{3}_\d{3}_\d{3}_\d{3}\)\n$/);
    // Somebody who is no controller may give, and not look.
    const stranger = await runCommand(folder, ['cycles', 'top-up', 'empty', '1_000M', '--identity', 'anonymous']);
    assert.equal(stranger.code, 0, stranger.stderr);
    assert.equal(stranger.stdout, 'Gave empty 1.00 G cycles.\n');
    const refused = await runCommand(folder, ['cycles', 'balance', 'empty', '--identity', 'anonymous', '--json']);
    assert.equal(refused.code, 1);
    assert.equal(codeOf(refused.stdout), 'CALL_REJECTED');
    const missing = await runCommand(folder, ['cycles', 'top-up', 'lxzze-o7777-77777-aaaaa-cai', '1T', '--json']);
    assert.equal(missing.code, 1);
    assert.ok(['CANISTER_MISSING', 'NETWORK_REFUSED'].includes(codeOf(missing.stdout)), missing.stdout);
    const unknown = await runCommand(folder, ['cycles', 'top-up', 'emty', '1T', '--json']);
    assert.equal(codeOf(unknown.stdout), 'CANISTER_UNKNOWN');
  });

  it('refuses amounts that are none, and networks that give nothing away', async (t) => {
    const folder = temporaryFolder(t);
    for (const amount of ['2X', '1.5T', '2 T', 'many', `${'9'.repeat(40)}T`]) {
      const { code, stderr } = await runCommand(folder, ['cycles', 'top-up', 'hello', amount]);
      assert.equal(code, 2, amount);
      assert.match(stderr, /is not a number of cycles\nwhat to do: write digits.*: myelin cycles top-up hello 2T/);
    }
    const negative = await runCommand(folder, ['cycles', 'top-up', 'hello', '-1']);
    assert.equal(negative.code, 2);
    const there = ['cycles', 'top-up', 'ryjl3-tyaaa-aaaaa-aaaba-cai', '1T', '--network', 'ic', '--json'];
    assert.equal(codeOf((await runCommand(folder, there)).stdout), 'TOP_UP_IMPOSSIBLE');
  });
});
