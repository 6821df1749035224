/**
 * Every starter project, as a newcomer takes it: made, built, deployed on a node, called, looked at, tested.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type NetworkProcess, runJson, startNetwork, temporaryFolder, endsWithSuite } from '../support/child-process.ts';

const MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url));

let folder: string;
let network: NetworkProcess;
const suite = endsWithSuite();

before(async () => {
  folder = temporaryFolder(suite);
  network = await startNetwork(suite, folder);
});

/** Makes a project; what `npm install` would bring is this repository's. */
async function newProject(name: string, template: string): Promise<string> {
  await runJson(folder, ['new', name, '--template', template]);
  const project = join(folder, name);
  symlinkSync(MODULES, join(project, 'node_modules'), 'dir');
  return project;
}

/** Runs Node in a project. */
async function runNode(project: string, words: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, words, {
    cwd: project,
    env: { PATH: process.env['PATH'] ?? '', NODE_OPTIONS: '--conditions=myelin-source' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 0, `node ${words.join(' ')} ended with ${code}:\n${said}`);
}

/** Runs a command in a project, against the network of this file. */
async function inProject(project: string, words: readonly string[]): Promise<Record<string, unknown>> {
  return await runJson(project, [...words, '--network', network.url]);
}

/** Deploys a project by its icp.yaml, which builds it. Answers the id of its canister. */
async function deployProject(project: string): Promise<string> {
  const { canisters } = await inProject(project, ['deploy']);
  const [deployed] = canisters as { readonly canister: string; readonly action: string }[];
  assert.equal(deployed?.action, 'install');
  return deployed.canister;
}

async function page(canister: string, init: RequestInit = {}): Promise<{ readonly status: number; readonly html: string }> {
  const response = await fetch(`${network.url}/?canisterId=${canister}`, { redirect: 'manual', ...init });
  return { status: response.status, html: await response.text() };
}

/** Calls what every starter has. The rest is in its own tests, which run too. */
async function checkCounter(project: string, name: string): Promise<void> {
  assert.deepEqual((await inProject(project, ['canister', 'call', name, 'increment']))['values'], ['1']);
}

async function checkPage(canister: string, name: string): Promise<void> {
  const before = await page(canister);
  assert.equal(before.status, 200);
  assert.match(before.html, new RegExp(`<h1>${name}</h1><output>1</output>`));
  assert.equal((await page(canister, { method: 'POST' })).status, 303);
  assert.match((await page(canister)).html, /<output>2<\/output>/);
}

describe('a starter project', () => {
  it('in Motoko', async () => {
    const project = await newProject('motoko-app', 'motoko');
    const canister = await deployProject(project);
    await checkCounter(project, 'motoko-app');
    await checkPage(canister, 'motoko-app');
    await runNode(project, ['--test']);
  });

  it('in AssemblyScript', async () => {
    const project = await newProject('small-app', 'assemblyscript');
    await deployProject(project);
    await checkCounter(project, 'small-app');
    await runNode(project, ['--test']);
  });

  it('in TypeScript', async () => {
    const project = await newProject('azle-app', 'typescript');
    const canister = await deployProject(project);
    await checkCounter(project, 'azle-app');
    await checkPage(canister, 'azle-app');
    await runNode(project, ['--test']);
  });
});
