/**
 * Rewritten modules on disk, so that a start does not validate and rewrite them again: that takes up to seconds for a large one.
 *
 * A cache: a file that is missing, damaged or of another version is as good as none. Which modules there are the checkpoint says.
 * @module
 */
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import type { CanisterModule } from '@myelin/core/state';

const CHECKSUM_BYTES = 4;

/** What is kept of a module besides its source. */
type Rewritten = Pick<CanisterModule, 'info' | 'instrumented'>;

export class ModuleFiles {
  readonly #folder: string;
  readonly #ending: string;
  readonly #missed: CanisterModule[] = [];

  /** @param version - what rewriting depends on: files of another one are not read. */
  constructor(folder: string, version: string) {
    this.#folder = folder;
    this.#ending = `.v${version}`;
  }

  #path(hash: string): string {
    return join(this.#folder, hash + this.#ending);
  }

  /** The module with these bytes, if it is there. */
  read(source: Uint8Array, hash: string): CanisterModule | undefined {
    try {
      const file = readFileSync(this.#path(hash));
      const content = file.subarray(CHECKSUM_BYTES);
      if (file.readUInt32LE(0) !== crc32(content)) return undefined;
      const { info, instrumented } = deserialize(content) as Rewritten;
      return { hash, source, info, instrumented };
    } catch {
      return undefined;
    }
  }

  /** Notes a module that was not there: the next `write` keeps it too. */
  miss(module: CanisterModule): void {
    this.#missed.push(module);
  }

  /** Keeps modules. What can not be written is rewritten at the next start. */
  async write(modules: Iterable<CanisterModule>): Promise<void> {
    for (const { hash, info, instrumented } of [...this.#missed.splice(0), ...modules]) {
      const content = serialize({ info, instrumented } satisfies Rewritten);
      const checksum = Buffer.alloc(CHECKSUM_BYTES);
      checksum.writeUInt32LE(crc32(content));
      const temporary = `${this.#path(hash)}.new`;
      try {
        await mkdir(this.#folder, { recursive: true, mode: 0o700 });
        await writeFile(temporary, Buffer.concat([checksum, content]), { mode: 0o600 });
        await rename(temporary, this.#path(hash));
      } catch {
        await rm(temporary, { force: true }).catch(() => undefined);
        return;
      }
    }
  }

  /** Removes what no module of `hashes` needs. */
  async keepOnly(hashes: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const isKept = name.endsWith(this.#ending) && hashes.has(name.slice(0, -this.#ending.length));
      if (!isKept) await rm(join(this.#folder, name), { force: true }).catch(() => undefined);
    }
  }
}
