/**
 * Instrumentation of canister modules: metering, stack limit, page tracking, canonical NaNs.
 * @module
 */
export { FRAME_SLOTS, STACK_SLOTS_MAX } from './depth-limit.ts';
export { instrumentModule } from './instrument-module.ts';
export type { InstrumentOptions } from './instrument-module.ts';
export {
  EXPORT,
  HOST_MODULE,
  MAIN_PAGES_MAX_32,
  MAIN_PAGES_MAX_64,
  RESERVED_EXPORT_PREFIX,
  REWRITING_VERSION,
  TRACKED_PAGE_BYTES,
  TRAP_CODE,
  WASM_PAGE_BYTES,
  COMMITTED_IN_ENTRY,
  LIST_ENTRY_BYTES,
  stateLayout,
} from './layout.ts';
export type { StateLayout } from './layout.ts';
