/**
 * `myelin start` as a wish rather than a deed: afterwards the network of the project runs, whoever has started it.
 * @module
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fromHex, IcError, principalToText } from '@myelin/core/base';
import { canisterUrl } from '../canister/index.ts';
import { factsJson, findNode, type NetworkFacts, type NodeFacts } from '../control/index.ts';
import { EXIT_CODES, type ExitCode, type Terminal } from '../terminal/index.ts';
import { startInBackground } from './background.ts';
import { installSampleApp } from './sample-installation.ts';
import { start, type StartRequest } from './start.ts';

export type OnceRequest = StartRequest & {
  readonly background: boolean;
  /** Whether the port was named, rather than being the default. */
  readonly isPortChosen: boolean;
};

/** Others may take the folder between the look and the start. */
const ATTEMPTS_MAX = 3;

const POLL_MS = 100;

type RunningFacts = NodeFacts & { readonly network: NetworkFacts };

async function untilSettled(stateFolder: string): Promise<RunningFacts | undefined> {
  for (;;) {
    await delay(POLL_MS);
    const found = await findNode(stateFolder);
    if (found.kind !== 'node') return undefined;
    if (isReady(found.facts)) return found.facts;
  }
}

function isReady(facts: NodeFacts): facts is RunningFacts {
  return facts.phase === 'ready' && facts.network !== null;
}

/** The network that runs, or is about to. Undefined: none does, or what has the folder is no network. */
async function findRunning(stateFolder: string, terminal: Terminal): Promise<RunningFacts | undefined> {
  const found = existsSync(stateFolder) ? await findNode(stateFolder) : undefined;
  if (found?.kind !== 'node') return undefined;
  const { facts } = found;
  if (isReady(facts)) return facts;
  const what = `Waiting for process ${facts.pid}, which is ${facts.phase} the network`;
  return await terminal.during(what, untilSettled(stateFolder));
}

/** Says where the network is that runs already; installs the sample app there if it is wanted. */
async function tellRunning(facts: RunningFacts, stateFolder: string, request: OnceRequest, terminal: Terminal): Promise<void> {
  const { network, pid, startedAt } = facts;
  const { url, rootKey } = network;
  const port = Number(new URL(url).port);
  if (request.isPortChosen && request.port !== 0 && request.port !== port)
    terminal.warn(`it listens on port ${port}, not on ${request.port}: 'myelin stop' first to change that`);
  const sample = request.sample ? await installSampleOn(network, stateFolder, terminal) : undefined;
  const sampleUrl = sample === undefined ? undefined : canisterUrl({ url, isLocal: true }, sample.id);
  const lines = [
    `The network of ${stateFolder} runs already, since ${startedAt} in process ${pid}.`,
    '',
    `  Network     ${terminal.style('cyan', `${url}/`)}`,
    ...(sampleUrl === undefined ? [] : [`  Sample app  ${terminal.style('cyan', sampleUrl)}`]),
    '',
    "'myelin stop' stops it, 'myelin status' says more.",
  ];
  terminal.result(lines.join('\n'), {
    ...factsJson(facts),
    alreadyRunning: true,
    port,
    rootKey,
    state: stateFolder,
    sample:
      sample === undefined
        ? null
        : { name: sample.name, canister: principalToText(sample.id), url: sampleUrl ?? null, action: sample.action },
  });
}

async function installSampleOn(
  { url, rootKey }: NetworkFacts,
  stateFolder: string,
  terminal: Terminal,
): ReturnType<typeof installSampleApp> {
  const { loadSampleApp } = await import('./sample.ts');
  const install = loadSampleApp().then((app) => installSampleApp(app, { url, rootKeyDer: fromHex(rootKey) }, stateFolder, terminal));
  return await terminal.during('Compiling and installing the sample app', install);
}

function isInUse(error: unknown): boolean {
  return error instanceof IcError && error.detail.code === 'STATE_FOLDER_IN_USE';
}

/**
 * Starts the network unless it runs already, which is told. A network that is to begin anew is not taken away from who runs it.
 * @throws IcError as {@link start} and {@link startInBackground}
 */
export async function startOnce(request: OnceRequest, terminal: Terminal): Promise<ExitCode> {
  const { stateFolder, background, clean } = request;
  if (stateFolder === undefined) return await start(request, terminal);
  for (let attempt = 1; ; attempt++) {
    const running = clean ? undefined : await findRunning(stateFolder, terminal);
    if (running !== undefined) {
      await tellRunning(running, resolve(stateFolder), request, terminal);
      return EXIT_CODES.ok;
    }
    try {
      return background ? await startInBackground({ ...request, stateFolder }, terminal) : await start(request, terminal);
    } catch (error) {
      if (clean || attempt >= ATTEMPTS_MAX || !isInUse(error)) throw error;
    }
  }
}
