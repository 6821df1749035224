/**
 * Checks what neither the compiler nor the linter can: boundaries between packages and folders, declared dependencies, names,
 * leftovers, documents that must agree with the code. The rules are in tools/tidy/rules.ts, what they know in tools/tidy/tables.ts.
 *
 * `npm run tidy`, or `npm run tidy -- packages/core` to see only what lies under a path.
 * @module
 */
import { repositoryRoot } from './commands.ts';
import { loadRepository } from './tidy/repository.ts';
import { findUntidy } from './tidy/rules.ts';

const prefixes = process.argv.slice(2);
const repository = loadRepository(repositoryRoot);
const findings = findUntidy(repository).filter(({ path }) => prefixes.length === 0 || prefixes.some((prefix) => path.startsWith(prefix)));
for (const { rule, path, line, message } of findings) console.log(`${path}:${line} ${rule}: ${message}`);
console.log(findings.length === 0 ? `tidy: ${repository.files.size} files` : `tidy: ${findings.length} findings`);
process.exitCode = findings.length === 0 ? 0 : 1;
