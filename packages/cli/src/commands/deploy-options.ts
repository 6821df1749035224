/**
 * The options of commands that deploy.
 * @module
 */
import type { OptionSpec } from '../command-line/index.ts';
import { usageFailure } from '../terminal/index.ts';

/** Canisters that can be named. */
export const OPERANDS_MAX = 500;

/** What is deployed, and with what. */
export const SOURCE_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'name',
    value: 'NAME',
    help: 'Name of the canister of a file, for other commands and for import "canister:NAME". Default: the name of the file.',
  },
  { name: 'argument', value: 'CANDID', help: "Arguments of the installation or upgrade in Candid's text form. Default: ()." },
  {
    name: 'package',
    value: 'NAME=DIR',
    isList: true,
    help: 'A Motoko package: import "mo:NAME/…" reads from DIR. The package core is always there. Can be given several times.',
  },
  {
    name: 'environment',
    value: 'NAME',
    help: "Environment of icp.yaml, or network of dfx.json: its network, settings and arguments. Default: local; ic with '--network ic'.",
  },
];

export const FORCE_OPTION: OptionSpec = {
  name: 'yes',
  short: 'y',
  help: 'Install what breaks clients or does not keep the state, too, and what the project file puts under the control of others alone.',
};

/** `--package NAME=DIR` */
export function parsePackages(texts: readonly string[]): Record<string, string> {
  const packages: Record<string, string> = {};
  for (const text of texts) {
    const [, name, folder] = /^([\w-]+)=(.+)$/s.exec(text) ?? [];
    if (name === undefined || folder === undefined) {
      throw usageFailure('USAGE_OPTION_VALUE', `'${text}' does not name a package`, 'write --package NAME=DIR');
    }
    packages[name] = folder;
  }
  return packages;
}
