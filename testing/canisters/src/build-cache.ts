/**
 * Keeps what compilers produce below node_modules/.cache, by the hash of everything that went in, so that a second test run
 * compiles nothing. Several processes may write the same entry: each writes a file of its own and renames it.
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repositoryRoot = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const folder = join(repositoryRoot, 'node_modules', '.cache', 'myelin', 'canisters');

/** Named byte strings: what a compiler gives for one canister. */
export type Artifacts = Readonly<Record<string, Uint8Array>>;

function readEntry<Names extends string>(path: string, names: readonly Names[]): Record<Names, Uint8Array> | undefined {
  const artifacts: Partial<Record<Names, Uint8Array>> = {};
  for (const name of names) {
    try {
      // A copy of its own: several libraries read `.buffer` of what they are given, and Node's is a pool.
      artifacts[name] = Uint8Array.from(readFileSync(`${path}.${name}`));
    } catch {
      return undefined;
    }
  }
  return artifacts as Record<Names, Uint8Array>;
}

function writeEntry(path: string, artifacts: Artifacts): void {
  mkdirSync(dirname(path), { recursive: true });
  for (const [name, bytes] of Object.entries(artifacts)) {
    const own = `${path}.${name}.${process.pid}`;
    writeFileSync(own, bytes);
    renameSync(own, `${path}.${name}`);
  }
}

/**
 * Answers the artifacts of `inputs`, built at most once on this machine.
 *
 * @param kind - the compiler and its version; part of the key.
 * @param inputs - everything else that the output depends on, serialisable as JSON.
 * @param names - the artifacts that `build` gives.
 */
export async function buildOnce<Names extends string>(
  kind: string,
  inputs: unknown,
  names: readonly Names[],
  build: () => Promise<Record<Names, Uint8Array>>,
): Promise<Record<Names, Uint8Array>> {
  const key = createHash('sha256')
    .update(JSON.stringify([kind, inputs]))
    .digest('hex');
  const path = join(folder, key);
  const known = readEntry(path, names);
  if (known !== undefined) return known;
  const built = await build();
  writeEntry(path, built);
  return built;
}
