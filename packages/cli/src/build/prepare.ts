/**
 * Looks at what a canister is built from, before anything runs.
 * @module
 */
import type { ProjectCanister } from '../manifest/index.ts';
import { prepareCustom, prepareRust, prepareSteps } from './commands.ts';
import { prepareMotoko } from './motoko.ts';
import type { PreparedBuild } from './ports.ts';

/** @throws IcError for everything that can be refused without running the build */
export async function prepareBuild(canister: ProjectCanister): Promise<PreparedBuild> {
  const { source } = canister;
  switch (source.kind) {
    case 'motoko':
      return await prepareMotoko({ ...canister, source });
    case 'rust':
      return await prepareRust(canister, source.package, source.isLocked);
    case 'steps':
      return prepareSteps(canister, source.steps);
    case 'custom':
      return prepareCustom(canister, source.commands, source.wasm);
  }
}
