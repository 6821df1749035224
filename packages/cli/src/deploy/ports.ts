/**
 * What a deployment is done to: a network, or a copy of one in this process.
 * @module
 */
import type { PrincipalId } from '@myelin/core/base';
import type { CanisterStatusResult } from '@myelin/core/candid';
import type { CanisterFacts } from '../client/index.ts';
import type { NamedSettings } from '../manifest/index.ts';
import type { DeployableModule } from '../canister-module/index.ts';

/** What happens to the state of the canister. */
export type InstallMode = 'install' | 'reinstall' | 'upgrade';

export type DeploySite = {
  /** Who deploys. */
  readonly principal: PrincipalId;
  /** Canisters that were deployed before, by name. */
  readonly knownIds: () => Promise<ReadonlyMap<string, PrincipalId>>;
  /** Remembers a canister under a name. */
  readonly remember: (name: string, id: PrincipalId) => Promise<void>;
  /** What anybody may know of a canister. */
  readonly read: (id: PrincipalId) => Promise<CanisterFacts>;
  /** Metadata; undefined when there is none, or none for the one who deploys. */
  readonly readMetadata: (id: PrincipalId, name: string) => Promise<string | undefined>;
  readonly status: (id: PrincipalId) => Promise<CanisterStatusResult>;
  /** Makes an empty canister. `cycles` undefined: what the network gives. */
  readonly create: (options: { readonly cycles: bigint | undefined; readonly id: PrincipalId | undefined }) => Promise<PrincipalId>;
  readonly updateSettings: (id: PrincipalId, settings: NamedSettings) => Promise<void>;
  readonly install: (
    id: PrincipalId,
    module: DeployableModule,
    options: { readonly mode: InstallMode; readonly argument: Uint8Array },
  ) => Promise<void>;
};
