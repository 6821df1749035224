/**
 * Finds the project file of a folder, there or above it.
 * @module
 */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readDfxJson } from './dfx-json.ts';
import { readIcpYaml } from './icp-yaml.ts';
import { FOLDERS_UP_MAX } from './limits.ts';
import type { Project } from './model.ts';

const READERS = [
  ['icp.yaml', readIcpYaml],
  ['dfx.json', readDfxJson],
] as const;

/** The project that a folder belongs to; undefined when there is none. Where both files lie, icp.yaml is the newer one and is read. */
export async function findProject(start: string, environment: string): Promise<Project | undefined> {
  let folder = resolve(start);
  for (let up = 0; up < FOLDERS_UP_MAX; up++) {
    for (const [name, read] of READERS) {
      const file = join(folder, name);
      if (existsSync(file)) return await read(file, environment);
    }
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
  return undefined;
}
