/**
 * Bindings of an interface, made by the published generator (npm `@icp-sdk/bindgen`), as texts.
 * @module
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { commandFailure } from '../terminal/index.ts';

export const LANGUAGES = ['typescript', 'javascript'] as const;

export type Language = (typeof LANGUAGES)[number];

/** What is written for JavaScript where the generator has a class in TypeScript alone. */
function javascriptActor(name: string): readonly (readonly [path: string, text: string])[] {
  const script = [
    "import { Actor } from '@icp-sdk/core/agent';",
    `import { idlFactory } from './declarations/${name}.did.js';`,
    '',
    'export { idlFactory };',
    '',
    '/** The canister, called through an agent. */',
    'export function createActor(canisterId, { agent, ...config }) {',
    '  return Actor.createActor(idlFactory, { ...config, agent, canisterId });',
    '}',
    '',
  ];
  const types = [
    "import type { ActorConfig, ActorSubclass, Agent } from '@icp-sdk/core/agent';",
    `import type { _SERVICE } from './declarations/${name}.did.js';`,
    '',
    `export { idlFactory } from './declarations/${name}.did.js';`,
    "export declare function createActor(canisterId: string, options: { agent: Agent } & Omit<ActorConfig, 'agent' | 'canisterId'>): ActorSubclass<_SERVICE>;",
    '',
  ];
  return [
    [`${name}.js`, script.join('\n')],
    [`${name}.d.ts`, types.join('\n')],
  ];
}

async function readFiles(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(
      path
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
      await readFile(path, 'utf8'),
    );
  }
  return files;
}

/**
 * Makes bindings.
 *
 * @param name - an identifier; see `bindingName`.
 * @param candid - an interface that has been read before: it is known to be within bounds.
 * @returns texts by path, with forward slashes. `<name>.ts` or `<name>.js` is what programs import.
 * @throws IcError `BINDINGS_FAILED`
 */
export async function makeBindings(name: string, candid: string, language: Language): Promise<ReadonlyMap<string, string>> {
  const { generate } = await import('@icp-sdk/bindgen/core');
  const folder = await mkdtemp(join(tmpdir(), 'myelin-bindings-'));
  try {
    const didFile = join(folder, `${name}.did`);
    await writeFile(didFile, candid);
    const outDir = join(folder, 'out');
    await generate({ didFile, outDir, output: language === 'javascript' ? { actor: { disabled: true } } : {} });
    const files = await readFiles(outDir);
    const actor = files.get(`${name}.ts`);
    // With its ending the path is found by every bundler, by TypeScript in any mode and by Node.
    if (actor !== undefined) files.set(`${name}.ts`, actor.replace(`"./declarations/${name}.did"`, `"./declarations/${name}.did.js"`));
    if (language === 'javascript') for (const [path, text] of javascriptActor(name)) files.set(path, text);
    return files;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw commandFailure('BINDINGS_FAILED', `the generator does not take the interface of ${name}: ${why}`, undefined, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
