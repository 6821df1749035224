/**
 * What a deployment says when it is done.
 * @module
 */
import { principalToText, toHex } from '@myelin/core/base';
import { amountOfCycles, canisterUrl } from '../canister/index.ts';
import type { Connection } from '../client/index.ts';
import type { JsonResult, Terminal } from '../terminal/index.ts';
import type { DeployAction, Deployed } from './run-deployment.ts';

const DONE: Readonly<Record<DeployAction, string>> = {
  install: 'Installed',
  reinstall: 'Reinstalled, its former state is gone',
  upgrade: 'Upgraded, its state is kept',
  unchanged: 'Unchanged, it has this module already',
};

/** A canister and its cycles. */
export type Reported = { readonly deployed: Deployed; readonly cycles: bigint };

function jsonOf({ deployed, cycles }: Reported, url: string | undefined): JsonResult {
  const { name, id, action, created, module } = deployed;
  return {
    name,
    canister: principalToText(id),
    url: url ?? null,
    action,
    created,
    moduleHash: toHex(module.hash),
    moduleSize: module.bytes.length,
    cycles: String(cycles),
  };
}

function rowsOf({ deployed, cycles }: Reported, url: string | undefined, terminal: Terminal): string {
  const rows = [
    [deployed.name, DONE[deployed.action]],
    ['Canister', terminal.style('bold', principalToText(deployed.id))],
    ...(url === undefined ? [] : [['Address', terminal.style('cyan', url)]]),
    ['Module', toHex(deployed.module.hash)],
    ['Cycles', amountOfCycles(cycles)],
  ];
  const width = Math.max(...rows.map(([head = '']) => head.length)) + 2;
  return rows.map(([head = '', text = '']) => `${terminal.style('dim', head.padEnd(width))}${text}`).join('\n');
}

/** Prints one canister, as the whole result. */
export function reportCanister(reported: Reported, connection: Connection, terminal: Terminal): void {
  const url = canisterUrl(connection, reported.deployed.id);
  terminal.result(rowsOf(reported, url, terminal), jsonOf(reported, url));
}

const CHANGED: Readonly<Record<DeployAction, string>> = {
  install: 'installed',
  reinstall: 'reinstalled, its former state is gone',
  upgrade: 'upgraded, its state is kept',
  unchanged: 'unchanged',
};

/** Prints what one round of `myelin dev` has done, a line for each canister. */
export function reportChange(
  { reported, connection }: { readonly reported: readonly Reported[]; readonly connection: Connection },
  milliseconds: number,
  terminal: Terminal,
): void {
  const lines = reported.map(({ deployed: { name, id, action } }) => {
    const where = canisterUrl(connection, id) ?? principalToText(id);
    return `${terminal.style('green', '✓')} ${terminal.style('bold', name)} ${CHANGED[action]}  ${terminal.style('dim', where)}`;
  });
  const canisters = reported.map((one) => jsonOf(one, canisterUrl(connection, one.deployed.id)));
  terminal.result(lines.join('\n'), { canisters, milliseconds });
}

/** Prints the canisters of a project. */
export function reportProject(all: readonly Reported[], file: string, connection: Connection, terminal: Terminal): void {
  const texts = all.map((reported) => rowsOf(reported, canisterUrl(connection, reported.deployed.id), terminal));
  const canisters = all.map((reported) => jsonOf(reported, canisterUrl(connection, reported.deployed.id)));
  terminal.result(texts.join('\n\n'), { file, canisters });
}
