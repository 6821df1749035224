export { QueryHost } from './query-host.ts';
export type {
  DataCertificate,
  InspectOutcome,
  ManagementAnswer,
  NoOutcome,
  QueryHostOptions,
  QueryNeeds,
  QueryOutcome,
} from './query-host.ts';
export { StateFeed } from './state-feed.ts';
export type { StateFeedOptions } from './state-feed.ts';
export type { FollowedSubnet } from './followed-state.ts';
export type { StateUpdate } from './state-update.ts';
