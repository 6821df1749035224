export { CertifiedState, dataPaths, requestPaths } from './certifier.ts';
export type { StatePath } from './certifier.ts';
export { QueryHost, StateFeed } from './followed/index.ts';
export type {
  DataCertificate,
  FollowedSubnet,
  InspectOutcome,
  ManagementAnswer,
  NoOutcome,
  QueryHostOptions,
  QueryNeeds,
  QueryOutcome,
  StateFeedOptions,
  StateUpdate,
} from './followed/index.ts';
export { createGenesis } from './genesis.ts';
export type { BlsSignerFactory, Genesis, GenesisOptions } from './genesis.ts';
export { createIngressMessage } from './ingress-message.ts';
export type { CallOptions } from './ingress-message.ts';
export { memoryInputLog } from './ordering.ts';
export type { InputLog, OrderingClient, OrderingEngine, PooledMessages, PoolRefusal } from './ordering.ts';
export { SoloSequencer } from './solo-sequencer.ts';
export type { SequencerHost } from './solo-sequencer.ts';
export { PrintCollector } from './print-collector.ts';
export type { PrintPort, QueryPrints } from './print-collector.ts';
export { SubnetHost } from './subnet-host.ts';
export type { HostCounters, SubnetHostOptions } from './subnet-host.ts';
export { replyOf } from './call-error.ts';
export type { CallRejected } from './call-error.ts';
export { createNetwork, Network, openNetwork } from './network.ts';
export type { CreateCanisterOptions, InstallOptions, NetworkOptions, SenderOption } from './network.ts';
