/**
 * `myelin dev`: deploys, and again after every change of the sources, with the state kept.
 * @module
 */
import type { WatchedPaths } from '../build/index.ts';
import { deployPlan, type DeployPlan, type DeployRequest, findPlan, reportChange } from '../deploy/index.ts';
import { isStateFolderLocked } from '../project/index.ts';
import { awaitStop, type StopRequest } from '../process/index.ts';
import { createTerminal, EXIT_CODES, type ExitCode, type Terminal } from '../terminal/index.ts';
import { type NetworkProcess, startNetworkProcess } from './network-process.ts';
import { Outputs } from './outputs.ts';
import { takeSnapshot } from './snapshot.ts';
import { awaitChange } from './watch.ts';

export type DevRequest = DeployRequest & {
  /** Port of the network, if one has to be started. */
  readonly port: string | undefined;
};

function watchedOf(plan: DeployPlan): WatchedPaths[] {
  const file = plan.project === undefined ? [] : [{ files: [plan.project.file], folders: [] }];
  return [...file, ...plan.canisters.map(({ build }) => build.watched)];
}

class Session {
  readonly #request: DevRequest;
  readonly #isJson: boolean;
  readonly #outputs = new Outputs();
  #plan: DeployPlan;

  constructor(request: DevRequest, plan: DeployPlan, isJson: boolean) {
    this.#request = request;
    this.#plan = plan;
    this.#isJson = isJson;
  }

  /**
   * One round. A failure is told: what was installed before stays.
   * @returns what tells the outcome
   */
  async #round(changed: readonly string[]): Promise<() => void> {
    // Every round has one result, a line of JSON if that is asked for.
    const terminal = createTerminal(this.#isJson);
    const started = performance.now();
    try {
      if (changed.length > 0) this.#plan = await findPlan(this.#request);
      const deployed = await deployPlan(this.#request, this.#plan, terminal);
      return () => reportChange(deployed, Math.round(performance.now() - started), terminal);
    } catch (error) {
      return () => void terminal.failure(error);
    }
  }

  /** Whether commands run, which may write files that are watched. */
  get #runsCommands(): boolean {
    return this.#plan.canisters.some(({ build, canister }) => build.watched.folders.length > 0 || canister.afterwards.length > 0);
  }

  /** Rounds until it is told to stop. */
  async run(stop: StopRequest, networkEnded: Promise<unknown>, terminal: Terminal): Promise<void> {
    let isOver = false;
    const over = Promise.race([stop.reason, networkEnded]).then(() => (isOver = true));
    let changed: readonly string[] = [];
    while (!isOver) {
      const before = await takeSnapshot(watchedOf(this.#plan));
      const tell = await this.#round(changed);
      const watched = watchedOf(this.#plan);
      const after = await takeSnapshot(watched);
      tell();
      // Sources that are new to the plan have no state before it.
      const known = [...after.snapshot].filter(([path]) => !before.snapshot.has(path));
      const start = new Map([...before.snapshot, ...known]);
      const baseline = this.#runsCommands ? this.#outputs.baseline(start, after.snapshot) : start;
      terminal.note(terminal.style('dim', 'Waiting for changes. Ctrl-C ends it.'));
      changed = await awaitChange(watched, baseline, over);
    }
  }
}

/** Starts a network where none runs and none is named. */
async function ensureNetwork(request: DevRequest, terminal: Terminal): Promise<NetworkProcess | undefined> {
  const { network } = request.connection;
  if ((network !== undefined && network !== 'local') || isStateFolderLocked(request.stateFolder)) return undefined;
  const started = await terminal.during('Starting a network', startNetworkProcess(request.stateFolder, request.port));
  terminal.note(`The network runs at ${started.url}; it ends with this command and keeps its state in ${request.stateFolder}.`);
  return started;
}

/**
 * Deploys and watches until Ctrl-C or SIGTERM.
 * @throws IcError when there is nothing to deploy or no network can be started
 */
export async function dev(request: DevRequest, terminal: Terminal): Promise<ExitCode> {
  const stop = awaitStop(terminal);
  const plan = await findPlan(request);
  const network = await ensureNetwork(request, terminal);
  // By itself: it is told to only below.
  let hasFailed = false;
  const failed = network?.ended.then(() => (hasFailed = true)) ?? new Promise<never>(() => {});
  try {
    await new Session(request, plan, terminal.isJson).run(stop, failed, terminal);
  } finally {
    if (network !== undefined && !hasFailed) {
      terminal.note('Stopping the network.');
      await network.stop();
    }
  }
  const { kind } = await Promise.race([stop.reason, failed.then(() => ({ kind: 'fault' }) as const)]);
  if (kind === 'signal') return EXIT_CODES.ok;
  terminal.warn('the network has ended');
  return EXIT_CODES.failure;
}
