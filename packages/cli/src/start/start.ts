/**
 * Runs a network in this process until it is told to stop.
 * @module
 */
import { resolve } from 'node:path';
import { type PrincipalId, principalToText, toHex } from '@myelin/core/base';
import { createLogger, type LoggerOptions, openNode, type RunningNode } from '@myelin/node';
import { endSmallStart } from '../small-start.ts';
import { type ControlServer, openControlServer } from '../control/index.ts';
import {
  lockStateFolder,
  readCanisterIds,
  makeStateFolder,
  networkFolder,
  removeControlRecord,
  removeNodeRecord,
  withOlderCommand,
  writeControlRecord,
  writeNodeRecord,
} from '../project/index.ts';
import { createLoggingTerminal, EXIT_CODES, type ExitCode, type Terminal } from '../terminal/index.ts';
import { readVersion } from '../version.ts';
import { checkPortFree, isAddressError, portFailure } from './free-port.ts';
import { describeNetwork, type StartedNetwork } from './announcement.ts';
import { FactKeeper } from './node-facts.ts';
import { requestFaultTeller } from './request-fault.ts';
import { awaitStop, type StopReason, type StopRequest } from '../process/index.ts';
import { installSampleApp } from './sample-installation.ts';
import type { SampleApp } from './sample.ts';

export type StartRequest = {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Undefined: in memory only. */
  readonly stateFolder: string | undefined;
  readonly clean: boolean;
  readonly sample: boolean;
  /** Names by which other machines may ask for metrics and the pages of the node. */
  readonly operatorHosts: readonly string[];
  readonly log: Pick<LoggerOptions, 'level' | 'format'>;
};

/** Where a network runs, and whom it tells that it is ready. */
export type StartPlace = {
  readonly isBackground: boolean;
  readonly announce: (network: StartedNetwork) => void;
};

/** Canisters whose ids are printed. */
const CANISTERS_SHOWN_MAX = 20;

/** After a fault requests cannot be finished: longest time for what can. */
const CLOSE_AFTER_FAULT_MS = 3_000;

/** What belongs to whoever runs the network of a state folder. */
type Hold = { release(): Promise<void> };

/**
 * Takes the state folder and says how this process is reached, before the network starts: a start that takes long can be stopped.
 * @throws IcError `STATE_FOLDER_IN_USE`
 */
async function holdStateFolder(folder: string, keeper: FactKeeper, stop: StopRequest): Promise<Hold> {
  const lock = await lockStateFolder(folder);
  let control: ControlServer | undefined;
  const release = async (): Promise<void> => {
    control?.close();
    await Promise.all([removeNodeRecord(folder), removeControlRecord(folder)]).catch(() => undefined);
    lock.release();
  };
  try {
    control = await openControlServer({ facts: () => keeper.facts(), stop: () => stop.ask('myelin stop') });
    const { url, instance, secret } = control;
    await writeControlRecord(folder, { pid: process.pid, url, instance, secret });
    return { release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The log of the node, on standard error. */
function loggerOf({ log }: StartRequest): ReturnType<typeof createLogger> {
  return createLogger({ ...log, write: (line) => void process.stderr.write(line) });
}

/** Opens the node; undefined when it was told to stop before there was anything to stop. */
async function openNetwork(request: StartRequest, stop: StopRequest, terminal: Terminal): Promise<RunningNode | undefined> {
  const { host, port, stateFolder, clean, operatorHosts, log } = request;
  await checkPortFree(host, port);
  const opened = openNode({
    host,
    port,
    clean,
    implVersion: readVersion(),
    stateDirectory: stateFolder === undefined ? undefined : networkFolder(stateFolder),
    ...(stateFolder === undefined ? {} : { canisterNames: (rootKey) => canisterNames(stateFolder, rootKey) }),
    onFault: stop.fault,
    logger: loggerOf(request),
    operatorHosts,
    // A log for programs has it already.
    ...(log.format === 'json' ? {} : { onRequestFault: requestFaultTeller(terminal) }),
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

async function canisterNames(stateFolder: string, rootKey: Uint8Array): Promise<ReadonlyMap<PrincipalId, string>> {
  const ids = await readCanisterIds(stateFolder, rootKey).catch(() => new Map<string, PrincipalId>());
  return new Map([...ids].map(([name, id]) => [id, name]));
}

/** Address that programs on this machine use. */
function addressOf(host: string, port: number): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
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

/** What a running network is served with. */
type Serving = {
  readonly request: StartRequest;
  readonly app: Promise<SampleApp> | undefined;
  readonly stop: StopRequest;
  readonly keeper: FactKeeper;
  readonly place: StartPlace;
};

/** What runs: shown, then waited for. */
async function serve(node: RunningNode, { request, app, stop, keeper, place }: Serving, terminal: Terminal): Promise<StopReason> {
  const readyMs = Math.round(performance.now());
  endSmallStart();
  const url = addressOf(request.host, node.port);
  const { stateFolder } = request;
  const rootKey = toHex(node.rootKeyDer);
  await keeper.ready(node, url);
  if (stateFolder !== undefined) await writeNodeRecord(stateFolder, { pid: process.pid, url, rootKey, startedAt: keeper.startedAt });
  if (app !== undefined) terminal.note(`The network is ready after ${(readyMs / 1000).toFixed(2)} s at ${url}.`);
  const install = app?.then((loaded) => installSampleApp(loaded, { url, rootKeyDer: node.rootKeyDer }, stateFolder, terminal));
  const sample =
    install === undefined
      ? undefined
      : await Promise.race([terminal.during('Compiling and installing the sample app', install), stop.reason]);
  if (sample !== undefined && 'kind' in sample) return sample;
  const started: StartedNetwork = {
    version: readVersion(),
    pid: process.pid,
    isBackground: place.isBackground,
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
  place.announce(started);
  return await stop.reason;
}

/** Runs and ends a network whose state folder is held. */
async function run(serving: Omit<Serving, 'app'>, terminal: Terminal): Promise<ExitCode> {
  const { request, stop, keeper } = serving;
  // Compiles while the network starts.
  const app = request.sample ? import('./sample.ts').then(({ loadSampleApp }) => loadSampleApp()) : undefined;
  app?.catch(() => undefined);
  const node = await openNetwork(request, stop, terminal);
  if (node === undefined) return EXIT_CODES.ok;
  const reason = await serve(node, { ...serving, app }, terminal).catch((error: unknown): StopReason => ({ kind: 'fault', error }));
  keeper.stopping();
  if (reason.kind === 'signal') terminal.note(`Stopping (${reason.signal}): requests in flight are finished.${again(serving.place)}`);
  else terminal.note('The network cannot go on.');
  const exitCode = reason.kind === 'fault' ? terminal.failure(reason.error) : EXIT_CODES.ok;
  await close(node, reason);
  return exitCode;
}

const again = ({ isBackground }: StartPlace): string => (isBackground ? '' : ' Press Ctrl-C again to stop at once.');

/**
 * Runs a network until Ctrl-C, SIGTERM, `myelin stop` or a fault.
 *
 * @param place - absent: in the foreground of this terminal.
 * @returns 0 after an orderly end, 1 after a fault, which has been told.
 * @throws IcError `STATE_FOLDER_IN_USE`, `PORT_…`, `HOST_UNAVAILABLE`, `INPUT_LOG_…`, `GENESIS_INVALID`, and the system's errors
 */
export async function start(request: StartRequest, plainTerminal: Terminal, place?: StartPlace): Promise<ExitCode> {
  const terminal = request.log.format === 'json' ? createLoggingTerminal(plainTerminal, loggerOf(request)) : plainTerminal;
  const { stateFolder, host } = request;
  const foreground: StartPlace = {
    isBackground: false,
    announce: (network) => {
      const { text, json } = describeNetwork(network, host, terminal);
      terminal.result(text, json);
    },
  };
  const at = place ?? foreground;
  const stop = awaitStop(terminal);
  const keeper = new FactKeeper(at.isBackground);
  if (stateFolder !== undefined) await makeStateFolder(stateFolder);
  const hold = stateFolder === undefined ? undefined : await holdStateFolder(stateFolder, keeper, stop);
  try {
    return await run({ request, stop, keeper, place: at }, terminal);
  } finally {
    await hold?.release();
  }
}
