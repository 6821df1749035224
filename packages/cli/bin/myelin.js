#!/usr/bin/env node
/**
 * The program `myelin`: finds a Node that is new enough and starts the command line with it.
 *
 * Plain JavaScript in old syntax on purpose: it must run on whatever Node the machine has, to be able to say which one is needed.
 * In the repository the TypeScript sources are started, as published the compiled ones. A Node that comes with the npm package `node`
 * is used where the machine's own is too old; Myelin does not depend on that package, which is 150 MB and needs an install script.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { constants } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE_MAJOR_MIN = 26;
const CONDITION = '--conditions=myelin-source';

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(folder, 'src', 'main.ts');
const isSource = existsSync(source);
const program = isSource ? source : join(folder, 'dist', 'main.js');

const isNewEnough = Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN;
const hasCondition = process.execArgv.includes(CONDITION) || (process.env.NODE_OPTIONS || '').includes(CONDITION);

/** Executable of the npm package `node`, looked up from this package and from the current folder. */
function findNodePackage() {
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href]) {
    try {
      const manifest = createRequire(from).resolve('node/package.json');
      const executable = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
      if (existsSync(executable)) return executable;
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

function runWith(executable) {
  const nodeArguments = isSource && !hasCondition ? [CONDITION] : [];
  const child = spawn(executable, [...nodeArguments, program, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends its signals to both processes; from elsewhere they come to this one. The child decides when it ends.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // The shell that npm runs this in ends on SIGTERM without passing it on: its end is taken for the signal.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event === undefined || process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 1000);
  watch.unref();
  child.on('error', (error) => {
    console.error(`error: ${executable} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + (constants.signals[signal] || 0)));
}

if (isNewEnough && (hasCondition || !isSource)) {
  await import(pathToFileURL(program).href);
} else {
  const executable = isNewEnough ? process.execPath : findNodePackage();
  if (executable === undefined) {
    console.error(
      `error: Myelin needs Node ${NODE_MAJOR_MIN} or newer; this is Node ${process.versions.node} (${process.execPath}).\n` +
        `what to do: install it from https://nodejs.org, or let npm bring it along: npm install --save-dev node@${NODE_MAJOR_MIN} myelin`,
    );
    process.exit(1);
  }
  runWith(executable);
}
