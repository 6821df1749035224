/**
 * Bindings in programs: the published client calls a canister of a node through them, with the types that they promise.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { type NetworkProcess, runJson, startNetwork, temporaryFolder, endsWithSuite } from '../support/child-process.ts';

const COUNTER = fileURLToPath(new URL('../../../../testing/canisters/motoko/counter.mo', import.meta.url));
const MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url));
const run = promisify(execFile);

let folder: string;
let network: NetworkProcess;
let id: string;
const suite = endsWithSuite();

before(async () => {
  folder = temporaryFolder(suite);
  network = await startNetwork(suite, folder);
  copyFileSync(COUNTER, join(folder, 'counter.mo'));
  symlinkSync(MODULES, join(folder, 'node_modules'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  id = String((await runJson(folder, ['deploy', 'counter.mo']))['canister']);
});

/** A program that counts to `to` and greets, in the language of its file. */
function program(bindings: string, to: bigint): string {
  return [
    "import { HttpAgent } from '@icp-sdk/core/agent';",
    `import { createActor } from '${bindings}';`,
    `const agent = await HttpAgent.create({ host: '${network.url}', shouldFetchRootKey: true });`,
    `const counter = createActor('${id}', { agent });`,
    `console.log(String(await counter.add(${to}n)), await counter.greet('Ada'), String(await counter.get()));`,
    '',
  ].join('\n');
}

describe('myelin generate', () => {
  it('writes TypeScript from a running canister: it compiles strictly and calls', async () => {
    const made = await runJson(folder, ['generate']);
    assert.deepEqual(made['bindings'], [{ name: 'counter', source: `the canister ${id}`, file: 'src/bindings/counter.ts' }]);
    const wrong = "// @ts-expect-error a number of any size is a bigint\nexport const wrong = (): unknown => counter.add('2');\n";
    writeFileSync(join(folder, 'program.ts'), program('./src/bindings/counter.ts', 2n) + wrong);
    const flags = [
      '--noEmit',
      '--strict',
      '--ignoreConfig',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--skipLibCheck',
      '--allowImportingTsExtensions',
    ];
    const tsc = join(MODULES, 'typescript', 'bin', 'tsc');
    await run(process.execPath, [tsc, ...flags, '--types', 'node', 'program.ts'], { cwd: folder });
    await build({
      absWorkingDir: folder,
      entryPoints: ['program.ts'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: join(folder, 'bundle.mjs'),
    });
    const { stdout } = await run(process.execPath, ['bundle.mjs'], { cwd: folder });
    assert.equal(stdout, '2 Hello, Ada! 2\n');
  });

  it('writes JavaScript from a Motoko source, which Node runs as it is', async () => {
    await runJson(folder, ['generate', 'counter.mo', '--language', 'javascript', '-o', 'client', '--network', 'http://127.0.0.1:2']);
    writeFileSync(join(folder, 'program.js'), program('./client/counter.js', 3n));
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder });
    assert.equal(stdout, '5 Hello, Ada! 5\n');
  });
});
