/**
 * The argument of an installation, by the types that the module says.
 * @module
 */
import type { TypeNode } from '@myelin/core/candid';
import { encodeArguments } from '../client/index.ts';
import type { InstallArgument, ProjectCanister } from '../manifest/index.ts';

function encode(argument: InstallArgument | undefined, types: readonly TypeNode[] | undefined): Uint8Array {
  if (argument?.format === 'bytes') return argument.bytes;
  return encodeArguments(argument?.text ?? '()', types);
}

/** @param text - what the command line says, which comes before what the file says. @throws IcError `ARGUMENTS_INVALID` */
export function encodeInstallArgument(
  canister: ProjectCanister,
  text: string | undefined,
  isUpgrade: boolean,
  types: readonly TypeNode[] | undefined,
): Uint8Array {
  if (text !== undefined) return encode({ format: 'candid', text }, types);
  return encode(isUpgrade ? canister.upgradeArgument : canister.initArgument, types);
}
