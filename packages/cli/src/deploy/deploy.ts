/**
 * Brings a module to a canister: compiles it, finds or creates the canister, installs or upgrades, says where it is.
 * @module
 */
import { basename } from 'node:path';
import { equalBytes, type PrincipalId, principalFromText, principalToText, toHex } from '@myelin/core/base';
import { amountOfBytes, amountOfCycles, canisterUrl } from '../canister/index.ts';
import {
  callManagement,
  type CanisterFacts,
  connect,
  type Connection,
  type ConnectionOptions,
  encodeArguments,
  readCanister,
} from '../client/index.ts';
import { readCanisterIds, rememberCanisterId } from '../project/index.ts';
import { commandFailure, type Terminal, usageFailure } from '../terminal/index.ts';
import { createCanister, type InstallMode, installModule } from './install.ts';
import { type DeployableModule, readModuleFile } from './module-file.ts';
import { compileModule } from './motoko-module.ts';

export type DeployRequest = {
  readonly file: string;
  /** Undefined: the name of the file. */
  readonly name: string | undefined;
  /** An existing canister. */
  readonly id: string | undefined;
  readonly argumentText: string | undefined;
  readonly mode: InstallMode | 'auto';
  readonly cycles: bigint | undefined;
  readonly packages: Readonly<Record<string, string>>;
  readonly stateFolder: string;
  readonly connection: ConnectionOptions;
};

/** What was done; `unchanged` when the canister has this module already. */
export type DeployAction = InstallMode | 'unchanged';

const FILE_ENDING = /\.(mo|wasm|wasm\.gz)$/;

async function loadModule(request: DeployRequest, connection: Connection, terminal: Terminal): Promise<DeployableModule> {
  const { file } = request;
  if (file.endsWith('.mo')) return await compileModule(file, request.packages, connection, request.stateFolder, terminal);
  if (FILE_ENDING.test(file)) return await readModuleFile(file);
  throw usageFailure('USAGE_OPERANDS', `'${file}' is not something that can be deployed`, 'name a .mo, .wasm or .wasm.gz file');
}

type Target = { readonly id: PrincipalId; readonly facts: CanisterFacts; readonly isNew: boolean };

/** The canister of that name on this network, made if there is none. */
async function findTarget(request: DeployRequest, name: string, connection: Connection): Promise<Target> {
  const ids = await readCanisterIds(request.stateFolder, connection.rootKey);
  const known = request.id === undefined ? ids.get(name) : principalFromText(request.id);
  if (known !== undefined) {
    const facts = await readCanister(connection, known);
    if (facts.controllers !== undefined) return { id: known, facts, isNew: false };
    if (request.id !== undefined)
      throw commandFailure('CANISTER_MISSING', `there is no canister ${request.id} on ${connection.url}`, 'check the id and the network');
  }
  const id = await createCanister(connection, request.cycles);
  return { id, facts: { controllers: [connection.identity.principal], moduleHash: undefined }, isNew: true };
}

function chooseMode(request: DeployRequest, { facts }: Target, module: DeployableModule): DeployAction {
  if (request.mode !== 'auto') return request.mode;
  if (facts.moduleHash === undefined) return 'install';
  return request.argumentText === undefined && equalBytes(facts.moduleHash, module.hash) ? 'unchanged' : 'upgrade';
}

const DONE: Readonly<Record<DeployAction, string>> = {
  install: 'Installed',
  reinstall: 'Reinstalled, its former state is gone',
  upgrade: 'Upgraded, its state is kept',
  unchanged: 'Unchanged, it has this module already',
};

/** Deploys a module and prints where it is. @throws IcError */
export async function deploy(request: DeployRequest, terminal: Terminal): Promise<void> {
  const name = request.name ?? basename(request.file).replace(FILE_ENDING, '');
  const connection = await connect(request.connection, terminal);
  const module = await loadModule(request, connection, terminal);
  const argument = encodeArguments(request.argumentText ?? '()', module.initTypes);
  const target = await findTarget(request, name, connection);
  // Remembered before anything is installed: what fails below is tried again on the same canister.
  await rememberCanisterId(request.stateFolder, { rootKey: connection.rootKey, address: connection.url }, name, target.id);
  const action = chooseMode(request, target, module);
  if (action !== 'unchanged') {
    const what = `${action === 'upgrade' ? 'Upgrading' : 'Installing'} ${name} (${amountOfBytes(BigInt(module.bytes.length))})`;
    await terminal.during(what, installModule(connection, target.id, module, { mode: action, argument }));
  }
  const [status] = await callManagement(connection, 'canister_status', [{ canister_id: target.id }], target.id);
  const id = principalToText(target.id);
  const url = canisterUrl(connection, target.id);
  const rows = [
    [name, DONE[action]],
    ['Canister', terminal.style('bold', id)],
    ...(url === undefined ? [] : [['Address', terminal.style('cyan', url)]]),
    ['Module', toHex(module.hash)],
    ['Cycles', amountOfCycles(status.cycles)],
  ];
  const width = Math.max(...rows.map(([head = '']) => head.length)) + 2;
  terminal.result(rows.map(([head = '', text = '']) => `${terminal.style('dim', head.padEnd(width))}${text}`).join('\n'), {
    name,
    canister: id,
    url: url ?? null,
    action,
    created: target.isNew,
    moduleHash: toHex(module.hash),
    moduleSize: module.bytes.length,
    cycles: String(status.cycles),
  });
}
