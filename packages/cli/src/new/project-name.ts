/**
 * Names of projects: the same text names the canister, the npm package and a folder.
 * @module
 */
import { basename, resolve } from 'node:path';
import { usageFailure } from '../terminal/index.ts';

/** Letters of a name. Longer ones are hard to type, and file systems and npm have bounds of their own. */
const NAME_LENGTH_MAX = 50;

const NAME = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/;

/** Names that npm takes for its own packages or folders. */
const RESERVED: ReadonlySet<string> = new Set(['node_modules', 'favicon', 'myelin', 'azle', 'assemblyscript']);

/** The nearest name that could be taken, '' if there is none. */
function nearestName(text: string): string {
  const words = text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const name = words
    .join('-')
    .replace(/^[0-9-]+/, '')
    .slice(0, NAME_LENGTH_MAX)
    .replace(/-$/, '');
  return NAME.test(name) && !RESERVED.has(name) ? name : '';
}

/**
 * The name of a project in a folder.
 *
 * @param chosen - by the user; undefined for the name of the folder.
 * @throws IcError `NEW_NAME_INVALID`
 */
export function projectName(folder: string, chosen: string | undefined): string {
  const name = chosen ?? basename(resolve(folder));
  if (NAME.test(name) && name.length <= NAME_LENGTH_MAX && !RESERVED.has(name)) return name;
  const rule = RESERVED.has(name)
    ? 'it means something else already'
    : `a name has lower-case letters, digits, single dashes and underscores, starts with a letter, and is at most ${NAME_LENGTH_MAX} long`;
  const near = nearestName(name);
  const remedy = near === '' ? 'choose one with --name NAME' : `write --name ${near}, or choose another`;
  throw usageFailure('NEW_NAME_INVALID', `'${name}' cannot be the name of a canister and a package: ${rule}`, remedy);
}
