/**
 * Type-checks the repository: one flat program per tier, in parallel, nothing emitted. A tier sees only what its tsconfig grants,
 * so a clock in the core or a Node import in the engine does not compile.
 *
 * `npm run check` or `npm run check -- core`.
 * @module
 */
import { readdirSync } from 'node:fs';
import { printResult, repositoryRoot, runCommand } from './commands.ts';

/** `tsconfig.<program>.json`, base excepted. */
const programs = readdirSync(repositoryRoot)
  .flatMap((name) => /^tsconfig\.(\w+)\.json$/.exec(name)?.[1] ?? [])
  .filter((name) => name !== 'base')
  .toSorted();

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !programs.includes(name));
if (unknown.length > 0) {
  console.error(`no program called ${unknown.join(', ')}; there are ${programs.join(', ')}`);
  process.exit(2);
}
const chosen = programs.filter((name) => wanted.length === 0 || wanted.includes(name));
const results = await Promise.all(
  chosen.map((name) => runCommand(`check ${name}`, ['tsc', '-p', `tsconfig.${name}.json`, '--pretty', 'false'])),
);
for (const result of results) printResult(result);
process.exitCode = results.every((result) => result.exitCode === 0) ? 0 : 1;
