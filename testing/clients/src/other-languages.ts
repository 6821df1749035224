/**
 * Runs the clients of other languages against a node: starts one, compiles the counter, hands both to the client's program.
 *
 * `node tools/run.js testing/clients/src/other-languages.ts python|rust`; what each needs is in its folder's README. Not part of `npm test`:
 * their packages come from other registries.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { motokoCanister } from '@myelin/test-canisters';
import { openTestNode } from './test-node.ts';

const folderOf = (language: string): string => fileURLToPath(new URL(`../${language}`, import.meta.url));

/** Program and arguments before the URL and the module. */
const COMMANDS: Readonly<Record<string, () => readonly [string, ...string[]]>> = {
  python: () => [process.env['PYTHON'] ?? 'python3', join(folderOf('python'), 'check.py')],
  rust: () => ['cargo', 'run', '--quiet', '--manifest-path', join(folderOf('rust'), 'Cargo.toml'), '--'],
};

/** The node lives in a thread of its own, because this one waits for the client. */
async function serveNode(): Promise<void> {
  const node = await openTestNode();
  parentPort?.postMessage(node.url);
  parentPort?.once('message', () => void node.close().then(() => process.exit(0)));
}

async function runClient(language: string | undefined): Promise<number> {
  const command = COMMANDS[language ?? ''];
  if (command === undefined) {
    console.error(`usage: node tools/run.js testing/clients/src/other-languages.ts ${Object.keys(COMMANDS).join('|')}`);
    return 2;
  }
  const { wasm } = await motokoCanister('counter');
  const folder = mkdtempSync(join(tmpdir(), 'myelin-clients-'));
  const worker = new Worker(new URL(import.meta.url));
  try {
    const module = join(folder, 'counter.wasm');
    writeFileSync(module, wasm);
    const url = await new Promise<string>((resolve, reject) => void worker.once('message', resolve).once('error', reject));
    const [program, ...programArguments] = command();
    const child = spawnSync(program, [...programArguments, url, module], { stdio: 'inherit' });
    if (child.error !== undefined) throw child.error;
    return child.status ?? 1;
  } finally {
    await worker.terminate();
    rmSync(folder, { recursive: true });
  }
}

if (isMainThread) process.exitCode = await runClient(process.argv[2]);
else await serveNode();
