/**
 * `myelin canister install`: brings a module to a canister that exists, checked as a deployment is.
 * @module
 */
import { type PrincipalId, principalToText } from '@myelin/core/base';
import type { CanisterRequest } from '../canister/index.ts';
import { connect, type Connection, findExistingCanister, resolveReference } from '../client/index.ts';
import { readCanisterIds } from '../project/index.ts';
import { commandFailure, confirm, type Terminal, usageFailure } from '../terminal/index.ts';
import { createNetworkSite } from './network-site.ts';
import { planFile } from './plan.ts';
import type { DeploySite, InstallMode } from './ports.ts';
import { reportCanister } from './report.ts';
import { type DeployOptions, runDeployment } from './run-deployment.ts';

export type InstallRequest = CanisterRequest & {
  /** The module, which may be compressed. */
  readonly file: string;
  readonly mode: InstallMode | 'auto';
  readonly argumentText: string | undefined;
  /** Installs what does not fit, too. */
  readonly isIncompatibleMeant: boolean;
  /** Throws the state away without a question. */
  readonly isConfirmed: boolean;
  readonly isRehearsal: boolean;
};

function optionsOf(request: InstallRequest, id: PrincipalId): DeployOptions {
  return {
    mode: request.mode,
    id: principalToText(id),
    argumentText: request.argumentText,
    cycles: undefined,
    force: request.isIncompatibleMeant,
    forceOption: '--incompatible',
    // A module that is there already is built by no command that would ask for these.
    environment: 'local',
    buildFolder: request.stateFolder,
    runsAfterwards: false,
  };
}

/** The name that the canister has here, else its id. */
function labelOf(ids: ReadonlyMap<string, PrincipalId>, id: PrincipalId): string {
  const [name] = [...ids].find(([, known]) => known === id) ?? [];
  return name ?? principalToText(id);
}

/** A mode that says something else of the canister than it is. @throws IcError `CANISTER_NOT_EMPTY`, `CANISTER_EMPTY` */
function checkMode(mode: InstallRequest['mode'], label: string, isEmpty: boolean): void {
  if (mode === 'install' && !isEmpty) {
    throw commandFailure(
      'CANISTER_NOT_EMPTY',
      `${label} has a module already, which --mode install does not replace`,
      'write --mode upgrade to keep its state, or --mode reinstall to throw it away',
    );
  }
  if (mode === 'upgrade' && isEmpty) {
    throw commandFailure('CANISTER_EMPTY', `${label} is empty: there is nothing to upgrade`, 'leave --mode upgrade out');
  }
}

async function rehearseInstall(request: InstallRequest, terminal: Terminal): Promise<void> {
  const { copyOf, rehearse } = await import('./rehearsal.ts');
  const copy = await copyOf(request.connection, terminal);
  const id = resolveReference(copy.known, request.reference, 'the network of the state folder');
  const label = labelOf(copy.known, id);
  checkMode(request.mode, label, copy.network.canister(id)?.module === undefined);
  await rehearse(copy, await planFile(request.file, label, {}), optionsOf(request, id), terminal);
}

/** The network, where no name is given to a canister that was named by its id. */
function siteOf(connection: Connection, stateFolder: string): DeploySite {
  return { ...createNetworkSite(connection, stateFolder, new Map()), remember: () => Promise.resolve() };
}

/**
 * Installs a module, or says what would come of it.
 * @throws IcError `CANISTER_UNKNOWN`, `CANISTER_MISSING`, `CANISTER_NOT_EMPTY`, `CANISTER_EMPTY`, `CONFIRMATION_…`, and as a deployment
 */
export async function installFile(request: InstallRequest, terminal: Terminal): Promise<void> {
  const { reference, file, mode, stateFolder } = request;
  if (file.endsWith('.mo')) {
    throw usageFailure('USAGE_OPERANDS', `${file} is a source, not a module`, `write myelin deploy ${file} --id ${reference}`);
  }
  if (request.isRehearsal) return await rehearseInstall(request, terminal);
  const connection = await connect(request.connection, terminal);
  const { id, idText, moduleHash } = await findExistingCanister(connection, stateFolder, reference);
  const label = labelOf(await readCanisterIds(stateFolder, connection.rootKey), id);
  checkMode(mode, label, moduleHash === undefined);
  const plan = await planFile(file, label, {});
  if (mode === 'reinstall' && moduleHash !== undefined) {
    await confirm(
      `${label === idText ? idText : `${label} (${idText})`} would be reinstalled: its state would be gone`,
      request.isConfirmed,
      terminal,
    );
  }
  const site = siteOf(connection, stateFolder);
  const { deployed } = await runDeployment(plan, site, optionsOf(request, id), terminal);
  for (const one of deployed) reportCanister({ deployed: one, cycles: (await site.status(one.id)).cycles }, connection, terminal);
}
