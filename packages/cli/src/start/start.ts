/**
 * Runs a network in this process until it is told to stop.
 * @module
 */
import { resolve } from 'node:path';
import { type PrincipalId, principalToText, toHex } from '@myelin/core/base';
import { openNode, type RunningNode } from '@myelin/node';
import {
  lockStateFolder,
  readCanisterIds,
  makeStateFolder,
  networkFolder,
  removeNodeRecord,
  type StateLock,
  withOlderCommand,
  writeNodeRecord,
} from '../project/index.ts';
import { EXIT_CODES, type ExitCode, type Terminal } from '../terminal/index.ts';
import { readVersion } from '../version.ts';
import { checkPortFree, isAddressError, portFailure } from './free-port.ts';
import { describeNetwork, type StartedNetwork } from './announcement.ts';
import { requestFaultTeller } from './request-fault.ts';
import type { InstalledSample, SampleApp } from './sample.ts';
import { awaitStop, type StopReason, type StopRequest } from '../process/index.ts';

export type StartRequest = {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Undefined: in memory only. */
  readonly stateFolder: string | undefined;
  readonly clean: boolean;
  readonly sample: boolean;
};

/** Canisters whose ids are printed. */
const CANISTERS_SHOWN_MAX = 20;

/** After a fault requests cannot be finished: longest time for what can. */
const CLOSE_AFTER_FAULT_MS = 3_000;

async function openLocked(request: StartRequest): Promise<StateLock | undefined> {
  if (request.stateFolder === undefined) return undefined;
  await makeStateFolder(request.stateFolder);
  return await lockStateFolder(request.stateFolder);
}

/** Opens the node; undefined when it was told to stop before there was anything to stop. */
async function openNetwork(request: StartRequest, stop: StopRequest, terminal: Terminal): Promise<RunningNode | undefined> {
  const { host, port, stateFolder, clean } = request;
  await checkPortFree(host, port);
  const opened = openNode({
    host,
    port,
    clean,
    implVersion: readVersion(),
    stateDirectory: stateFolder === undefined ? undefined : networkFolder(stateFolder),
    onFault: stop.fault,
    onRequestFault: requestFaultTeller(terminal),
  });
  // A node that fails while it starts tells it here, and is then never ready.
  const stopped = stop.reason.then((reason) => {
    if (reason.kind === 'fault') throw reason.error;
    return undefined;
  });
  try {
    return await Promise.race([opened, stopped]);
  } catch (error) {
    if (isAddressError(error)) throw await portFailure(host, port, error);
    throw stateFolder === undefined ? error : withOlderCommand(stateFolder, error);
  }
}

/** Address that programs on this machine use. */
function addressOf(host: string, port: number): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

async function installSampleApp(
  app: SampleApp,
  url: string,
  node: RunningNode,
  request: StartRequest,
  terminal: Terminal,
): Promise<InstalledSample> {
  const [{ installSample }, { openConnection }, { IdentityStore }] = await Promise.all([
    import('./sample.ts'),
    import('../client/index.ts'),
    import('../identity/index.ts'),
  ]);
  const identity = await new IdentityStore().current(undefined, ({ name, principalText }) => {
    terminal.note(`Made the identity '${name}' for you: ${principalText}.`);
  });
  const connection = await openConnection(url, node.rootKeyDer, true, identity);
  return await installSample(app, connection, request.stateFolder);
}

async function listCanisters(node: RunningNode, stateFolder: string | undefined): Promise<StartedNetwork['canisters']> {
  const known = stateFolder === undefined ? new Map<string, PrincipalId>() : await readCanisterIds(stateFolder, node.rootKeyDer);
  const names = new Map([...known].map(([name, id]) => [id, name]));
  const ids = await node.replica.canisterIds(CANISTERS_SHOWN_MAX);
  return ids.map((id) => ({ id: principalToText(id), name: names.get(id) }));
}

async function close(node: RunningNode, reason: StopReason): Promise<void> {
  if (reason.kind === 'signal') return await node.close();
  const timeout = new Promise<void>((done) => setTimeout(done, CLOSE_AFTER_FAULT_MS).unref());
  await Promise.race([node.close().catch(() => undefined), timeout]);
}

/** What runs: shown, then waited for. */
async function serve(
  node: RunningNode,
  request: StartRequest,
  app: Promise<SampleApp> | undefined,
  stop: StopRequest,
  terminal: Terminal,
): Promise<StopReason> {
  const readyMs = Math.round(performance.now());
  const url = addressOf(request.host, node.port);
  const { stateFolder } = request;
  const rootKey = toHex(node.rootKeyDer);
  if (stateFolder !== undefined)
    await writeNodeRecord(stateFolder, { pid: process.pid, url, rootKey, startedAt: new Date().toISOString() });
  if (app !== undefined) terminal.note(`The network is ready after ${(readyMs / 1000).toFixed(2)} s at ${url}.`);
  const install = app?.then((loaded) => installSampleApp(loaded, url, node, request, terminal));
  const sample =
    install === undefined
      ? undefined
      : await Promise.race([terminal.during('Compiling and installing the sample app', install), stop.reason]);
  if (sample !== undefined && 'kind' in sample) return sample;
  const started: StartedNetwork = {
    version: readVersion(),
    url,
    port: node.port,
    rootKey,
    subnetId: principalToText(node.subnetId),
    stateFolder: stateFolder === undefined ? undefined : resolve(stateFolder),
    replayed: node.replayed,
    canisters: await listCanisters(node, stateFolder),
    sample,
    readyMs,
    allReadyMs: Math.round(performance.now()),
  };
  const { text, json } = describeNetwork(started, request.host, terminal);
  terminal.result(text, json);
  return await stop.reason;
}

/**
 * Runs a network until Ctrl-C, SIGTERM or a fault.
 *
 * @returns 0 after an orderly end, 1 after a fault, which has been told.
 * @throws IcError `STATE_FOLDER_IN_USE`, `PORT_…`, `HOST_UNAVAILABLE`, `INPUT_LOG_…`, `GENESIS_INVALID`, and the system's errors
 */
export async function start(request: StartRequest, terminal: Terminal): Promise<ExitCode> {
  const stop = awaitStop(terminal);
  const lock = await openLocked(request);
  try {
    // Compiles while the network starts.
    const app = request.sample ? import('./sample.ts').then(({ loadSampleApp }) => loadSampleApp()) : undefined;
    app?.catch(() => undefined);
    const node = await openNetwork(request, stop, terminal);
    if (node === undefined) return EXIT_CODES.ok;
    const reason = await serve(node, request, app, stop, terminal).catch((error: unknown): StopReason => ({ kind: 'fault', error }));
    if (reason.kind === 'signal')
      terminal.note(`Stopping (${reason.signal}): requests in flight are finished. Press Ctrl-C again to stop at once.`);
    else terminal.note('The network cannot go on.');
    const exitCode = reason.kind === 'fault' ? terminal.failure(reason.error) : EXIT_CODES.ok;
    await close(node, reason);
    return exitCode;
  } finally {
    if (lock !== undefined && request.stateFolder !== undefined) {
      await removeNodeRecord(request.stateFolder).catch(() => undefined);
      lock.release();
    }
  }
}
