/**
 * Execution of canisters: batches, messages, cycles, the System API, the management canister.
 * @module
 */
export { createExecutionConfig, PROTOCOL_VERSION } from './config.ts';
export { canUpgradeProtocol, type ProtocolSteps, upgradeProtocol } from './protocol-upgrade.ts';
export type { ExecutionConfig, ExecutionConfigOptions } from './config.ts';
export type { ExecutionEnvironment, Running } from './environment.ts';
export { ErrorCode, errorCodeText, RejectCode, rejectCodeOf, userError } from './error-codes.ts';
export type { UserError } from './error-codes.ts';
export { freezingLimit, idleCyclesPerDay } from './fees.ts';
export type { Fees } from './fees.ts';
export { ingressAdmissionError } from './induction.ts';
export { checkCycles, checkIndexes, checkState, checkStateInSteps } from './invariants.ts';
export * as limits from './limits.ts';
export { checkManagementIngress } from './management/ingress.ts';
export { moduleToInstall } from './management/install.ts';
export { queryManagement } from './management/query.ts';
export type { ManagementQuery } from './management/query.ts';
export { buildCanisterModule, ModuleCache } from './module-cache.ts';
export { HostTrap } from './ports.ts';
export type {
  CacheCounters,
  CanisterModule,
  EngineCounters,
  EntryPoint,
  HeapDelta,
  HeapImage,
  HostAnswer,
  HostRequest,
  HostTrapDetail,
  InstancePort,
  RunOutcome,
  RunRequest,
  SystemApiHandler,
  WasmEngine,
  WasmTrapKind,
} from './ports.ts';
export { DEFAULT_PRICE_SET, priceSetByName, priceSets } from './prices.ts';
export type { PriceSet } from './prices.ts';
export { executeQuery, inspectMessage, inspectsMessages } from './query.ts';
export type { Query } from './query.ts';
export type { PrintedBy, QueryEnvironment, QueryPrint } from './query-context.ts';
export { applyBatch, checkBatch, hasPendingWork, nextWakeNs, wantsHeartbeat } from './round.ts';
export type { Batch, BatchOutcome } from './round.ts';
export type { CallResult } from './responses.ts';
export { dropStack } from './scheduler.ts';
