/**
 * Runs the built packages the way a stranger's machine would: as `npm pack` would publish them, in a folder far from the sources, with
 * no condition set.
 * @module
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { execFileSync, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryRoot, type CommandResult } from './commands.ts';

type PackedManifest = { readonly name: string; readonly files: readonly string[] };

/** How long the network may take to start with its sample app, in milliseconds. */
const START_MS_MAX = 120_000;

/** A database without a checkpoint is smaller, one with the sample app is larger. */
const CHECKPOINT_BYTES_MIN = 200_000;

function installInto(folder: string): void {
  const modules = join(folder, 'node_modules');
  const link = (name: string): void => {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(repositoryRoot, 'node_modules', name), join(modules, name));
  };
  for (const name of readdirSync(join(repositoryRoot, 'node_modules'))) {
    if (name.startsWith('.') || name === '@myelin' || name === 'myelin') continue;
    if (!name.startsWith('@')) link(name);
    else for (const inner of readdirSync(join(repositoryRoot, 'node_modules', name))) link(`${name}/${inner}`);
  }
  for (const name of readdirSync(join(repositoryRoot, 'packages'))) {
    const source = join(repositoryRoot, 'packages', name);
    const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as PackedManifest;
    for (const part of ['package.json', ...manifest.files]) {
      if (existsSync(join(source, part))) cpSync(join(source, part), join(modules, manifest.name, part), { recursive: true });
    }
  }
}

/** Makes a project with the built command line, which finds its templates beside itself and depends on its own version. */
function makeProject(folder: string): string {
  const program = join(folder, 'node_modules', 'myelin', 'bin', 'myelin.js');
  const words = [program, 'new', 'starter', '--template', 'typescript', '--json'];
  execFileSync(process.execPath, words, { cwd: folder, env: { ...process.env, NODE_OPTIONS: '' } });
  const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', 'myelin', 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  const manifest = readFileSync(join(folder, 'starter', 'package.json'), 'utf8');
  const isWhole = manifest.includes(`"myelin": "${version}"`) && existsSync(join(folder, 'starter', '.npmrc'));
  return isWhole ? '' : `the new project is not whole; its package.json is\n${manifest}`;
}

/** Starts the command line, waits until it says that the network and the sample app are there, fetches the app's page, and stops it. */
async function startSample(folder: string): Promise<string> {
  const program = join(folder, 'node_modules', 'myelin', 'bin', 'myelin.js');
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_OPTIONS: '', MYELIN_CONFIG: join(folder, 'config') };
  const child = spawn(process.execPath, [program, 'start', '--port', '0', '--sample', '--json'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  try {
    const started = new Promise<{ readonly url: string; readonly sample: { readonly canister: string } }>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        try {
          resolve(JSON.parse(output) as Awaited<typeof started>);
        } catch {
          // Not whole yet.
        }
      });
    });
    const tooLate = new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error('it did not start in time')), START_MS_MAX).unref(),
    );
    const early = ended.then((code) => Promise.reject(new Error(`it ended with code ${code}`)));
    const { url, sample } = await Promise.race([started, tooLate, early]);
    const page = await (await fetch(`${url}/?canisterId=${sample.canister}`)).text();
    if (!page.includes('<title>Hello from a canister</title>')) throw new Error(`the sample app answered ${page.slice(0, 200)}`);
    child.kill('SIGTERM');
    const code = await ended;
    if (code !== 0) return `it ended with code ${code}\n${said}`;
    // Written by a thread whose program is found beside the built files.
    const checkpoint = join(folder, '.myelin', 'network', 'checkpoint', 'checkpoint.db');
    return statSync(checkpoint).size > CHECKPOINT_BYTES_MIN ? '' : `${checkpoint} holds no checkpoint`;
  } catch (error) {
    child.kill('SIGKILL');
    return `${error instanceof Error ? error.message : String(error)}\n${said}${output}`;
  }
}

/** Installs the built packages into a temporary folder and runs `myelin new` and `myelin start --sample` there. */
export async function runAsStranger(): Promise<CommandResult> {
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'myelin-stranger-'));
  try {
    installInto(folder);
    const output = makeProject(folder) || (await startSample(folder));
    return { name: 'run as a stranger', exitCode: output === '' ? 0 : 1, output, seconds: (performance.now() - started) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
