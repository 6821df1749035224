/**
 * Random modules from binaryen's fuzzer: valid, without NaNs, ending soon.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const binaryen = dirname(createRequire(import.meta.url).resolve('binaryen/package.json'));
const features = [
  'simd',
  'bulk-memory',
  'bulk-memory-opt',
  'multivalue',
  'tail-call',
  'sign-ext',
  'nontrapping-float-to-int',
  'mutable-globals',
  'memory64',
];

function randomBytes(seed: string, size: number): Buffer {
  const blocks: Buffer[] = [];
  for (let index = 0; index * 32 < size; index++) blocks.push(createHash('sha256').update(`${seed} ${index}`).digest());
  return Buffer.concat(blocks);
}

/** The module that belongs to a seed. */
export function randomModule(seed: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'myelin-'));
  try {
    const input = join(folder, 'input');
    const output = join(folder, 'output.wasm');
    writeFileSync(input, randomBytes(seed, 30_000));
    const options = ['-ttf', '--denan', ...features.map((feature) => `--enable-${feature}`), input, '-o', output];
    execFileSync(process.execPath, [join(binaryen, 'bin/wasm-opt'), ...options], { stdio: 'ignore', env: {} });
    return new Uint8Array(readFileSync(output));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
