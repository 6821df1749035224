/**
 * Validates and rewrites the module of an installation in another thread, before its message is ordered: the batch that installs it finds it done.
 * @module
 */
import type { CanisterModule, IngressMessage } from '@myelin/core/state';
import { canisterModuleBytes } from '@myelin/core/wasm';
import type { SubnetHost } from '@myelin/network';

/** Rewrites modules. */
export type ModuleBuilder = {
  /** The module of these bytes; undefined when they are refused, or when too many wait: the batch then finds out itself. */
  build(source: Uint8Array, hash: string): Promise<CanisterModule | undefined>;
};

/** Smaller modules are rewritten faster than they are passed on. */
const BUILT_ASIDE_BYTES_MIN = 64 * 1024;

/** Changes no outcome: what is built is only kept for later. */
export async function prebuild(host: SubnetHost, builder: ModuleBuilder, message: IngressMessage): Promise<void> {
  const wanted = host.moduleToBuild(message);
  // Compressed, a module of seconds of work is a few kilobytes.
  if (wanted === undefined || canisterModuleBytes(wanted.source) < BUILT_ASIDE_BYTES_MIN) return;
  const built = await builder.build(wanted.source, wanted.hash);
  if (built !== undefined) host.addModule(built);
}
