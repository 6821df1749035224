/**
 * `myelin deploy --dry-run`: a deployment on a copy of the network's state, and what came of it. The network itself is not touched.
 * @module
 */
import { IcError, type PrincipalId, principalToText } from '@myelin/core/base';
import type { Network } from '@myelin/network';
import { copyNetwork } from '@myelin/node';
import { amountOfBytes } from '../canister/index.ts';
import { IdentityStore } from '../identity/index.ts';
import { networkFolder, readCanisterIds } from '../project/index.ts';
import { commandFailure, type JsonResult, type Terminal, usageFailure } from '../terminal/index.ts';
import { createCopySite, type CopySite, type MemoryUse, type RehearsedInstall } from './copy-site.ts';
import type { DeployPlan } from './plan.ts';
import { type Deployed, type DeployOptions, runDeployment } from './run-deployment.ts';

/** Where the state is, and who deploys. */
export type RehearsalPlace = {
  readonly network: string | undefined;
  readonly stateFolder: string;
  readonly identityName: string | undefined;
};

const BILLION = 1_000_000_000n;

function amountOfInstructions(instructions: bigint, limit: bigint): string {
  const hundredths = (instructions * 100n) / BILLION;
  const percent = (instructions * 1_000n) / limit;
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')} billion, ${percent / 10n}.${percent % 10n} % of what an installation may use`;
}

function memoryChange(before: MemoryUse, after: MemoryUse): string {
  return `${amountOfBytes(before.total)} → ${amountOfBytes(after.total)} (heap ${amountOfBytes(before.heap)} → ${amountOfBytes(after.heap)}, stable ${amountOfBytes(before.stable)} → ${amountOfBytes(after.stable)})`;
}

function rowsOf(install: RehearsedInstall, limit: bigint): (readonly [head: string, text: string])[] {
  return [
    ['Instructions', amountOfInstructions(install.instructions, limit)],
    ['Memory', memoryChange(install.before, install.after)],
    ...(install.failure === undefined ? [] : [['Failed', `${install.failure.errorCode}: ${install.failure.message}`] as const]),
  ];
}

function linesOf(rows: readonly (readonly [string, string])[], terminal: Terminal): string[] {
  const width = Math.max(...rows.map(([head]) => head.length)) + 2;
  return rows.map(([head, text]) => `${terminal.style('dim', head.padEnd(width))}${text}`);
}

function memoryJson({ total, heap, stable }: MemoryUse): JsonResult {
  return { total: String(total), heap: String(heap), stable: String(stable) };
}

const WOULD: Readonly<Record<Deployed['action'], string>> = {
  install: 'would be installed',
  reinstall: 'would be reinstalled: its state would be gone',
  upgrade: 'would be upgraded: its state would be kept',
  unchanged: 'has this module already',
};

function report(deployed: readonly Deployed[], site: CopySite, limit: bigint, terminal: Terminal): void {
  const texts: string[] = [];
  const canisters: JsonResult[] = [];
  for (const { name, id, action, created } of deployed) {
    const install = site.installs.find((candidate) => candidate.id === id);
    texts.push(linesOf([[name, WOULD[action]], ...(install === undefined ? [] : rowsOf(install, limit))], terminal).join('\n'));
    canisters.push({
      name,
      canister: created ? null : principalToText(id),
      action,
      created,
      instructions: install === undefined ? null : String(install.instructions),
      cycles: install === undefined ? null : String(install.cycles),
      memoryBefore: install === undefined ? null : memoryJson(install.before),
      memoryAfter: install === undefined ? null : memoryJson(install.after),
    });
  }
  texts.push(terminal.style('green', 'It would succeed. The network was not touched.'));
  terminal.result(texts.join('\n\n'), { rehearsal: true, succeeds: true, canisters });
}

function failed(
  plan: DeployPlan,
  site: CopySite,
  names: ReadonlyMap<string, string>,
  limit: bigint,
  terminal: Terminal,
  cause: unknown,
): Error {
  const last = site.installs.at(-1);
  if (last?.failure === undefined) return cause instanceof Error ? cause : new Error(String(cause));
  const name = names.get(last.id) ?? plan.canisters[0]?.canister.name ?? '';
  return commandFailure(
    'REHEARSAL_FAILED',
    `the deployment would fail: ${name} can not be installed. The network was not touched`,
    'correct the canister; what it has kept would not be lost, as an installation that fails is undone',
    { cause, lines: linesOf(rowsOf(last, limit), terminal) },
  );
}

function checkPlace({ network }: RehearsalPlace): void {
  if (network === undefined || network === 'local') return;
  throw usageFailure(
    'REHEARSAL_IMPOSSIBLE',
    `--dry-run needs the whole state of the network, which is on this machine for the local one alone, not for ${network}`,
    'leave --network out, or deploy to a local network that holds such data first',
  );
}

/** Where an interrupted import has left the network is known to the node alone. */
async function copied(stateFolder: string): Promise<Network> {
  try {
    return await copyNetwork(networkFolder(stateFolder));
  } catch (error) {
    if (!(error instanceof IcError) || error.detail.code !== 'STATE_MISSING') throw error;
    throw commandFailure(
      'STATE_MISSING',
      `there is no network in ${stateFolder}`,
      "name another state folder with --state DIR; a network that was started with '--memory' keeps nothing that could be copied",
      { cause: error },
    );
  }
}

/** A copy of a network in this process. */
export type NetworkCopy = {
  readonly network: Network;
  /** Who deploys. */
  readonly sender: PrincipalId;
  /** Ids by name, as the network itself knows them. */
  readonly known: ReadonlyMap<string, PrincipalId>;
};

/** Copies the network of a state folder, which may run meanwhile. @throws IcError `REHEARSAL_IMPOSSIBLE`, `STATE_MISSING` */
export async function copyOf(place: RehearsalPlace, terminal: Terminal): Promise<NetworkCopy> {
  checkPlace(place);
  const network = await terminal.during('Copying the state of the network', copied(place.stateFolder));
  const identity = await new IdentityStore().current(place.identityName, ({ name, principalText }) => {
    terminal.note(`Made the identity '${name}' for you: ${principalText}.`);
  });
  return { network, sender: identity.principal, known: await readCanisterIds(place.stateFolder, network.rootKeyDer) };
}

/**
 * Deploys a plan on a copy, and prints what came of it.
 * @throws IcError `REHEARSAL_FAILED` when an installation failed, with what it used and why
 */
export async function rehearse(copy: NetworkCopy, plan: DeployPlan, options: DeployOptions, terminal: Terminal): Promise<void> {
  const { network, sender, known } = copy;
  const site = createCopySite(network, sender, known);
  const limit = network.config.instructions.install;
  try {
    const { deployed } = await runDeployment(plan, site, options, terminal);
    report(deployed, site, limit, terminal);
  } catch (error) {
    const names = new Map([...(await site.knownIds())].map(([name, id]) => [id as string, name]));
    throw failed(plan, site, names, limit, terminal, error);
  }
}
