/**
 * What a project file says of its canisters, whichever kind of file it is.
 * @module
 */
import type { PrincipalId } from '@myelin/core/base';
import type { CanisterSettings } from '@myelin/core/candid';
import type { ManifestValue } from './document.ts';

/** A module that is there already, as a file or behind a URL. */
export type PrebuiltSource = {
  readonly from: { readonly path: string } | { readonly url: string };
  /** Hex of the SHA-256 that it must have. */
  readonly sha256: string | undefined;
};

/** Steps that make a module; each begins with what the one before left in the file `ICP_WASM_OUTPUT_PATH`. */
export type BuildStep =
  | { readonly kind: 'script'; readonly commands: readonly string[] }
  | ({ readonly kind: 'pre-built' } & PrebuiltSource);

/** What a canister is made of. Paths are absolute. */
export type CanisterSource =
  | { readonly kind: 'motoko'; readonly main: string; readonly arguments: readonly string[] }
  | { readonly kind: 'rust'; readonly package: string; readonly isLocked: boolean }
  | { readonly kind: 'steps'; readonly steps: readonly BuildStep[] }
  | { readonly kind: 'custom'; readonly commands: readonly string[]; readonly wasm: PrebuiltSource };

/** A section that is put into the module. */
export type MetadataSection = {
  readonly name: string;
  readonly isPublic: boolean;
  readonly content: { readonly text: string } | { readonly path: string };
};

/** What is done to a module after it was built. */
export type ModuleTreatment = {
  /** With `ic-wasm`, where it is installed. */
  readonly shrink: boolean;
  /** Level for `ic-wasm`. */
  readonly optimize: string | undefined;
  readonly gzip: boolean;
  readonly metadata: readonly MetadataSection[];
};

/** Arguments of an installation. */
export type InstallArgument =
  | { readonly format: 'candid'; readonly text: string }
  | { readonly format: 'bytes'; readonly bytes: Uint8Array };

/** The settings that a file names; the others stay as they are. */
export type NamedSettings = { -readonly [K in keyof CanisterSettings]?: NonNullable<CanisterSettings[K][0]> };

/** One canister of a project. */
export type ProjectCanister = {
  readonly name: string;
  /** Where build commands run, and what paths are relative to. */
  readonly folder: string;
  /** Where it stands: `icp.yaml:3: canisters[0]`. */
  readonly place: string;
  readonly source: CanisterSource;
  /** File of its interface, where one is named. */
  readonly candid: string | undefined;
  readonly treatment: ModuleTreatment;
  /** Names of canisters that are deployed before it. */
  readonly dependencies: readonly string[];
  readonly initArgument: InstallArgument | undefined;
  readonly upgradeArgument: InstallArgument | undefined;
  readonly settings: NamedSettings;
  /** Whether the settings hold for a canister that exists, or for a new one only. */
  readonly keepsSettings: boolean;
  /** Id that a new canister shall have. */
  readonly specifiedId: PrincipalId | undefined;
  /** Commands that run when everything is installed. */
  readonly afterwards: readonly string[];
};

/** A canister of the file that is not deployed: it exists on this network under the control of somebody else. */
export type RemoteCanister = { readonly name: string; readonly id: PrincipalId; readonly candid: string | undefined };

/** A canister as it is listed, read when it is wanted: what can not be done with the others does not matter then. */
export type CanisterEntry = {
  readonly name: string;
  readonly value: ManifestValue;
  readonly dependencies: readonly string[];
  readonly read: () => Promise<ProjectCanister | RemoteCanister>;
};

/** What a network of a project file is. */
export type NetworkPlace = { readonly url: string; readonly rootKey: string | undefined };

/** A project file for one network. */
export type Project = {
  readonly kind: 'icp.yaml' | 'dfx.json';
  readonly file: string;
  readonly folder: string;
  /** `local`, `ic` or a name of the file; what other tools file ids under. */
  readonly environment: string;
  /** Address of the network, as `--network` takes it; undefined is the local one. */
  readonly network: NetworkPlace | undefined;
  readonly entries: readonly CanisterEntry[];
  /** File that ids are written to as variables, if one is wanted (`output_env_file`). */
  readonly environmentFile: string | undefined;
};

export function isRemote(canister: ProjectCanister | RemoteCanister): canister is RemoteCanister {
  return !('source' in canister);
}
