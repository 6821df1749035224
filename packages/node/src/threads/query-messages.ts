/**
 * What the front of a node and its query threads say to each other.
 * @module
 */
import type { MessagePort } from 'node:worker_threads';
import type { PrincipalId } from '@myelin/core/base';
import type { DataCertificate } from '@myelin/network';
import type { QueryService } from '../front/index.ts';
import type { NodeIdentity } from '../replica/index.ts';

export type QueryThreadData = {
  readonly identity: NodeIdentity;
  /** Calls of the front, and to the front. */
  readonly calls: MessagePort;
  /** Certified states come through this port. */
  readonly feed: MessagePort;
};

/** What the front may call. */
export type QueryCalls = Omit<QueryService, 'warm'>;

/** What a query thread may call. */
export interface FrontCalls {
  /** A certificate of the certified data of a canister; undefined when there is no such canister. */
  dataCertificate(id: PrincipalId): Promise<DataCertificate | undefined>;
}
