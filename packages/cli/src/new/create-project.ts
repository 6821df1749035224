/**
 * Writes a starter project into a folder of its own. Nothing that exists is ever changed.
 * @module
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandFailure } from '../terminal/index.ts';
import { readVersion } from '../version.ts';
import { readTemplate, type TemplateName } from './templates.ts';

/** What was written, and how to go on. */
export type NewProject = {
  readonly name: string;
  readonly template: TemplateName;
  readonly folder: string;
  /** Paths below the folder, with forward slashes. */
  readonly files: readonly string[];
  /** Commands to type next, with what they do. */
  readonly next: readonly (readonly [command: string, meaning: string])[];
};

/** Two levels up from src/new and from dist/new alike. */
const PACKAGE_FOLDER = fileURLToPath(new URL('../../', import.meta.url));

/**
 * How a project depends on this package: by its version, or by its folder where it runs from its sources. Those are TypeScript, and
 * found under a condition.
 */
export function ownPackage(isSource: boolean): { readonly myelin: string; readonly node: string } {
  if (!isSource) return { myelin: readVersion(), node: 'node' };
  const folder = PACKAGE_FOLDER.split(sep).join('/').replace(/\/$/, '');
  return { myelin: `file:${folder}`, node: 'node --conditions=myelin-source' };
}

async function checkEmpty(folder: string): Promise<void> {
  let entries: readonly string[];
  try {
    entries = await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    if (code !== 'ENOTDIR') throw error;
    throw commandFailure('NEW_FOLDER_TAKEN', `${folder} is a file, or lies below one`, 'choose another folder');
  }
  if (entries.length === 0) return;
  throw commandFailure('NEW_FOLDER_TAKEN', `the folder ${folder} is not empty`, 'choose another one: nothing there is ever overwritten');
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (placeholder, key: string) => values[key] ?? placeholder);
}

function nextSteps(folder: string, name: string): NewProject['next'] {
  const path = relative('.', folder);
  return [
    ...(path === '' ? [] : [[`cd ${/^[\w./-]+$/.test(path) ? path : JSON.stringify(path)}`, 'go there'] as const]),
    ['npm install', 'bring what it is built with'],
    ['npx myelin start', 'a network, in a terminal of its own'],
    ['npm run deploy', 'build the canister and bring it there'],
    [`npx myelin canister call ${name} increment`, 'call it'],
  ];
}

/**
 * Writes the files of a template.
 *
 * @param folder - made if it does not exist; must be empty.
 * @throws IcError `NEW_FOLDER_TAKEN`, and the system's errors
 */
export async function createProject(folder: string, template: TemplateName, name: string): Promise<NewProject> {
  await checkEmpty(folder);
  const values = { name, ...ownPackage(import.meta.url.endsWith('.ts')) };
  const files = await readTemplate(template);
  for (const [path, text] of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    // Whatever came there meanwhile is left alone too.
    await writeFile(target, fill(text, values), { flag: 'wx' });
  }
  return { name, template, folder, files: [...files.keys()], next: nextSteps(folder, name) };
}
