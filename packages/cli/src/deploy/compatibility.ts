/**
 * Whether a new module may take the place of an installed one: its interface serves the clients of the old one, and its variables read what was
 * kept.
 * @module
 */
import { IcError, type PrincipalId } from '@myelin/core/base';
import { serviceCompatible } from '@myelin/core/candid';
import { compareStableTypes } from '../motoko/index.ts';
import type { Terminal } from '../terminal/index.ts';
import type { DeployableModule } from '../canister-module/index.ts';
import type { DeploySite, InstallMode } from './ports.ts';

/** Why a module does not fit, in sentences; and where clients lose something without being broken. */
export type Compatibility = { readonly reasons: readonly string[]; readonly losses: readonly string[] };

const COMPATIBLE: Compatibility = { reasons: [], losses: [] };

function compareInterfaces(before: string | undefined, after: string | undefined, name: string, terminal: Terminal): Compatibility {
  if (before === undefined || after === undefined || before === after) return COMPATIBLE;
  try {
    const compared = serviceCompatible(after, before);
    if (compared.ok) return { reasons: [], losses: compared.value };
    return { reasons: [`the new interface breaks clients of the old one: ${compared.error}`], losses: [] };
  } catch (error) {
    if (!(error instanceof IcError)) throw error;
    terminal.warn(`the interfaces of ${name} can not be compared: ${error.message}`);
    return COMPATIBLE;
  }
}

/**
 * Compares a module with the one that is installed.
 * @throws IcError `MOTOKO_COMPILER_FAILED`, and those of requests
 */
export async function checkCompatibility(
  site: DeploySite,
  id: PrincipalId,
  change: { readonly name: string; readonly module: DeployableModule; readonly mode: InstallMode },
  terminal: Terminal,
): Promise<Compatibility> {
  const { name, module, mode } = change;
  if (mode === 'install') return COMPATIBLE;
  const interfaces = compareInterfaces(await site.readMetadata(id, 'candid:service'), module.candid, name, terminal);
  if (mode === 'reinstall' || module.stableTypes === undefined) return interfaces;
  const before = await site.readMetadata(id, 'motoko:stable-types');
  if (before === undefined || before === module.stableTypes) return interfaces;
  const stable = await terminal.during(`Comparing what ${name} keeps`, compareStableTypes(before, module.stableTypes));
  return { ...interfaces, reasons: [...interfaces.reasons, ...stable.map((reason) => `the upgrade does not keep the state: ${reason}`)] };
}
