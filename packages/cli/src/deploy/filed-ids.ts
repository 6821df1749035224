/**
 * Files in which other tools keep the ids of a project's canisters.
 *
 * On networks that last (`ic` and those with a name) dfx and icp-cli write them to files that are kept in version control: they are read and
 * written, so that all tools deploy to the same canisters. For the local network only dfx's file is written, which front ends read; it is never
 * read, as it knows the network by its name alone, and that may be another one by now.
 * Source: dfx, "canister_ids.json"; icp-cli, "Project Model", `.icp/data/mappings`.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { IcError, type PrincipalId, principalFromText } from '@myelin/core/base';
import type { Project } from '../manifest/index.ts';
import { readJson } from '../project/index.ts';
import { commandFailure } from '../terminal/index.ts';

type DfxIds = Record<string, Record<string, string>>;

const LOCAL = 'local';

function dfxFile({ folder, environment }: Project): string {
  return environment === LOCAL ? join(folder, '.dfx', LOCAL, 'canister_ids.json') : join(folder, 'canister_ids.json');
}

function icpFile({ folder, environment }: Project): string {
  return join(folder, '.icp', 'data', 'mappings', `${environment}.ids.json`);
}

function parseId(text: unknown, file: string, name: string): PrincipalId {
  try {
    return principalFromText(String(text));
  } catch (error) {
    if (!(error instanceof IcError)) throw error;
    throw commandFailure('PROJECT_FILE_INVALID', `${file}: the id of ${name} is not a principal: ${error.message}`, 'correct the file', {
      cause: error,
    });
  }
}

/** Ids that other tools know of this environment. @throws IcError `PROJECT_FILE_INVALID`, `STATE_FILE_INVALID` */
export async function readFiledIds(project: Project): Promise<Map<string, PrincipalId>> {
  const ids = new Map<string, PrincipalId>();
  if (project.environment === LOCAL) return ids;
  if (project.kind === 'dfx.json') {
    const file = (await readJson(dfxFile(project))) as DfxIds | undefined;
    for (const [name, networks] of Object.entries(file ?? {})) {
      const id = networks[project.environment];
      if (id !== undefined) ids.set(name, parseId(id, dfxFile(project), name));
    }
    return ids;
  }
  const file = (await readJson(icpFile(project))) as Record<string, string> | undefined;
  for (const [name, id] of Object.entries(file ?? {})) ids.set(name, parseId(id, icpFile(project), name));
  return ids;
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** Writes the ids where the tool of the project's file looks for them. */
export async function writeFiledIds(project: Project, ids: ReadonlyMap<string, string>): Promise<void> {
  const { kind, environment } = project;
  if (kind === 'dfx.json') {
    const file = ((await readJson(dfxFile(project))) ?? {}) as DfxIds;
    for (const [name, id] of ids) file[name] = { ...file[name], [environment]: id };
    await writeJson(dfxFile(project), file);
  } else if (environment !== LOCAL) {
    const file = ((await readJson(icpFile(project))) ?? {}) as Record<string, string>;
    await writeJson(icpFile(project), { ...file, ...Object.fromEntries(ids) });
  }
}

/** Takes a canister out of the file that {@link writeFiledIds} writes. */
export async function forgetFiledId(project: Project, id: string): Promise<void> {
  const { kind, environment } = project;
  const path = kind === 'dfx.json' ? dfxFile(project) : icpFile(project);
  if (kind !== 'dfx.json' && environment === LOCAL) return;
  const before = (await readJson(path)) as Record<string, string> | DfxIds | undefined;
  if (before === undefined) return;
  const after: Record<string, string | Record<string, string>> = {};
  for (const [name, entry] of Object.entries<string | Record<string, string>>(before)) {
    if (typeof entry === 'string') {
      if (entry !== id) after[name] = entry;
      continue;
    }
    const others = Object.entries(entry).filter(([network, known]) => network !== environment || known !== id);
    if (others.length > 0) after[name] = Object.fromEntries(others);
  }
  if (JSON.stringify(after) !== JSON.stringify(before)) await writeJson(path, after);
}
