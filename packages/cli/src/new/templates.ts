/**
 * The starter projects: the folders of `templates/` beside the sources.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export type TemplateName = 'motoko' | 'typescript' | 'assemblyscript';

/** What can be asked for, with what it is in a few words. */
export const TEMPLATES: readonly { readonly name: TemplateName; readonly summary: string }[] = [
  { name: 'motoko', summary: 'Motoko, the language made for canisters; its compiler comes with Myelin' },
  { name: 'typescript', summary: 'TypeScript with Azle: npm packages, a JavaScript engine inside the canister' },
  { name: 'assemblyscript', summary: 'AssemblyScript: TypeScript syntax compiled to a module of a few kilobytes' },
];

/** Two levels up from src/new and from dist/new alike. */
const FOLDER = fileURLToPath(new URL('../../templates/', import.meta.url));

/** Files whose real names npm would read as its own, or leave out of a package. */
const NAMES: Readonly<Record<string, string>> = { gitignore: '.gitignore', npmrc: '.npmrc' };

/** Files of a template by path, with forward slashes, and `{{…}}` where a value goes. */
export async function readTemplate(name: TemplateName): Promise<ReadonlyMap<string, string>> {
  const folder = join(FOLDER, name);
  const files = new Map<string, string>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const relative = path
      .slice(folder.length + 1)
      .split(sep)
      .join('/');
    files.set(NAMES[relative] ?? relative, await readFile(path, 'utf8'));
  }
  return new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
