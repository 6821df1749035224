/**
 * What happens to a module after it was built: metadata, shrinking, compression.
 * @module
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decodeCanisterModule } from '@myelin/core/wasm';
import type { ModuleTreatment } from '../manifest/index.ts';
import type { Terminal } from '../terminal/index.ts';
import { putMetadata } from './custom-sections.ts';
import { findProgram, runProgram } from './shell.ts';

/** Runs `ic-wasm` on a module. Where it is not installed the module stays as it is: it does the same, in more bytes. */
async function runIcWasm(bytes: Uint8Array, words: readonly string[], name: string, terminal: Terminal): Promise<Uint8Array> {
  const program = findProgram('ic-wasm');
  if (program === undefined) {
    terminal.note(`${name} is not made smaller: 'ic-wasm' is not installed.`);
    return bytes;
  }
  const folder = await mkdtemp(join(tmpdir(), 'myelin-wasm-'));
  try {
    const file = join(folder, 'module.wasm');
    await writeFile(file, bytes);
    const place = { folder, variables: {} };
    await runProgram(program, [file, '-o', file, ...words, '--keep-name-section'], place, `ic-wasm ${words.join(' ')}`);
    return Uint8Array.from(await readFile(file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The module as it is installed. */
export async function treatModule(built: Uint8Array, treatment: ModuleTreatment, name: string, terminal: Terminal): Promise<Uint8Array> {
  const { shrink, optimize, gzip, metadata } = treatment;
  if (!shrink && optimize === undefined && !gzip && metadata.length === 0) return built;
  const decoded = decodeCanisterModule(built);
  // What can not be read is refused where it is looked at.
  if (!decoded.ok) return built;
  let bytes: Uint8Array = decoded.value;
  if (optimize !== undefined) bytes = await runIcWasm(bytes, ['optimize', optimize], name, terminal);
  else if (shrink) bytes = await runIcWasm(bytes, ['shrink'], name, terminal);
  for (const { name: section, isPublic, content } of metadata) {
    const value = 'text' in content ? Buffer.from(content.text, 'utf8') : await readFile(content.path);
    bytes = putMetadata(bytes, section, isPublic, value);
  }
  const wasCompressed = decoded.value !== built && built[0] === 0x1f;
  return gzip || wasCompressed ? Uint8Array.from(gzipSync(bytes)) : bytes;
}
