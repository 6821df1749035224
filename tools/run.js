/**
 * Starts a TypeScript program of this repository with the Node it needs: `node tools/run.js <file.ts> [arguments]`.
 *
 * Plain JavaScript in old syntax on purpose: it must run on whatever Node the machine has, to be able to say which one is needed.
 * The right one comes with `npm ci` (devDependency `node`); `npm run` puts it first in PATH, a bare `node` may be another.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE_MAJOR_MIN = 26;
const CONDITION = '--conditions=myelin-source';

const [program, ...programArguments] = process.argv.slice(2);
if (program === undefined) {
  console.error('usage: node tools/run.js <file.ts> [arguments]');
  process.exit(2);
}

const isNewEnough = Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN;
const hasCondition = process.execArgv.includes(CONDITION) || (process.env.NODE_OPTIONS ?? '').includes(CONDITION);

if (isNewEnough && hasCondition) {
  const path = resolve(program);
  process.argv = [process.argv[0], path, ...programArguments];
  await import(pathToFileURL(path).href);
} else {
  const bundled = resolve(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const executable = isNewEnough ? process.execPath : bundled;
  if (!existsSync(executable)) {
    console.error(
      `Myelin needs Node ${NODE_MAJOR_MIN} or newer; this is Node ${process.versions.node} (${process.execPath}), and the copy that ` +
        `belongs to this repository is missing.\nRun \`npm ci\` in ${root} (its install script for the package \`node\` must be allowed), ` +
        `or put a Node ${NODE_MAJOR_MIN} first in PATH.`,
    );
    process.exit(1);
  }
  const env = { ...process.env, PATH: `${dirname(executable)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH ?? ''}` };
  env.NODE_OPTIONS = [process.env.NODE_OPTIONS, hasCondition ? '' : CONDITION].filter(Boolean).join(' ');
  const child = spawnSync(executable, [program, ...programArguments], { stdio: 'inherit', env });
  if (child.error) throw child.error;
  process.exit(child.status ?? 1);
}
