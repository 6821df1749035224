/**
 * The scripts of the page: modules as they lie in the folder `page`, their types taken out where they are sources.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';

/** `.ts` in the repository, `.js` in the published package. */
const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

const NAMES: ReadonlySet<string> = new Set(
  ['main', 'canister-charts', 'canister-history', 'canisters', 'chart', 'chart-path', 'charts', 'format', 'logs', 'node-state'].map(
    (name) => name + EXTENSION,
  ),
);

/** Path of the script that the page starts with. */
export const MAIN_SCRIPT: string = `/_/page/main${EXTENSION}`;

const read = new Map<string, Promise<string>>();

/** Without the remark that this function of Node may change: who looks at the page has no use for it. */
function withoutTypes(text: string): string {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}

async function readScript(name: string): Promise<string> {
  const text = await readFile(new URL(`page/${name}`, import.meta.url), 'utf8');
  return EXTENSION === '.ts' ? withoutTypes(text) : text;
}

/** A script by its file name; undefined when there is none. */
export function pageScript(name: string): Promise<string> | undefined {
  if (!NAMES.has(name)) return undefined;
  let script = read.get(name);
  if (script === undefined) read.set(name, (script = readScript(name)));
  return script;
}
