/**
 * What the front of a node and its query threads say to each other.
 * @module
 */
import type { MessagePort } from 'node:worker_threads';
import type { PrincipalId } from '@myelin/core/base';
import type { ManagementQuery } from '@myelin/core/execution';
import type { DataCertificate, ManagementAnswer } from '@myelin/network';
import type { IngressMessage, QueryCall, SubmitRefusal } from '../http/index.ts';
import type { QueryOptions, ServedQuery } from '../front/index.ts';
import type { ThreadFigures } from '../metrics/index.ts';
import type { NodeIdentity } from '../replica/index.ts';
import type { Ticket } from './tickets.ts';

export type QueryThreadData = {
  readonly identity: NodeIdentity;
  /** Calls of the front, and to the front. */
  readonly calls: MessagePort;
  /** Certified states come through this port. */
  readonly feed: MessagePort;
  /** Of the {@link Tickets}. */
  readonly tickets: SharedArrayBuffer;
  /** A number that the thread counts up whenever it begins or ends something: seen at once, also by a front that is late itself. */
  readonly progress: SharedArrayBuffer;
};

/** What the thread says when it serves. */
export type QueryThreadNews = 'ready';

/** What the front may call. With a ticket a call runs only where that is taken; elsewhere the answer is `taken`. */
export interface QueryCalls {
  query(
    call: QueryCall,
    height: bigint,
    options: QueryOptions,
    ticket: Ticket | undefined,
  ): Promise<ServedQuery | 'unproven' | undefined | 'taken'>;
  inspect(message: IngressMessage, height: bigint, ticket: Ticket | undefined): Promise<SubmitRefusal | 'welcome' | 'elsewhere' | 'taken'>;
  /** What the thread says of itself. */
  load(): Promise<Omit<ThreadFigures, 'name'>>;
}

/** What a query thread may call. */
export interface FrontCalls {
  /** A certificate of the certified data of a canister; undefined when there is no such canister. */
  dataCertificate(id: PrincipalId): Promise<DataCertificate | undefined>;
  /** Asks the management canister. */
  manage(query: ManagementQuery): Promise<ManagementAnswer>;
}
