/**
 * Environment variables of build commands, as dfx and icp-cli set them.
 * Source: icp-cli, "Environment Variables Reference"; dfx, "Environment Variables".
 * @module
 */
import type { BuildContext } from './ports.ts';

function variableName(canister: string): string {
  return canister.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}

/** Variables with the ids and interfaces of all canisters, and those of one. */
export function commandVariables(context: BuildContext, canister: string): Record<string, string> {
  const { environment, ids, interfaceFiles } = context;
  const variables: Record<string, string> = {
    DFX_NETWORK: environment,
    ICP_CLI_ENVIRONMENT: environment,
    ICP_CLI_NETWORK: environment,
  };
  for (const [name, id] of ids) {
    variables[`CANISTER_ID_${variableName(name)}`] = id;
    variables[`ICP_CLI_CID_${variableName(name)}`] = id;
  }
  for (const [name, file] of interfaceFiles) variables[`CANISTER_CANDID_PATH_${variableName(name)}`] = file;
  const own = ids.get(canister);
  if (own !== undefined) {
    variables['CANISTER_ID'] = own;
    variables['ICP_CLI_CID'] = own;
  }
  return variables;
}

/** Lines of an `.env` file, as dfx writes it for front ends. */
export function environmentFileLines(context: Pick<BuildContext, 'environment' | 'ids' | 'interfaceFiles'>): string[] {
  const lines = [`DFX_NETWORK='${context.environment}'`];
  for (const [name, id] of context.ids) lines.push(`CANISTER_ID_${variableName(name)}='${id}'`);
  for (const [name, file] of context.interfaceFiles) lines.push(`CANISTER_CANDID_PATH_${variableName(name)}='${file}'`);
  return lines;
}
