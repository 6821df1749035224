/**
 * The metrics of a node by name: what its parts have counted, merged.
 *
 * Names say their unit; labels have few values, all of them ours. docs/operating.md lists what they mean.
 * @module
 */
import { counter, type Family, gauge, histogram } from './exposition.ts';
import type { RequestFigures } from './http-metrics.ts';
import type { CanisterListing, ReplicaSnapshot } from './snapshot.ts';

/** What the HTTP side adds. */
export type FrontFigures = {
  readonly requests: readonly RequestFigures[];
  /** Places taken, and how often there was none, by kind of request. */
  readonly places: readonly { readonly kind: string; readonly taken: number; readonly refused: number }[];
  readonly bodyBytes: number;
  readonly connectionsDropped: number;
  readonly malformed: number;
  readonly logFollowers: number;
  readonly signatures: { readonly hits: number; readonly misses: number };
};

/** The process as a whole. */
export type ProcessFigures = {
  readonly version: string;
  readonly nodeVersion: string;
  readonly residentBytes: number;
  readonly cpuSeconds: number;
  /** Seconds since 1970. */
  readonly startedSeconds: number;
};

function processFamilies({ version, nodeVersion, residentBytes, cpuSeconds, startedSeconds }: ProcessFigures): Family[] {
  return [
    {
      type: 'gauge',
      name: 'myelin_build_info',
      help: 'Versions, as labels of the value 1.',
      samples: [[{ version, node: nodeVersion }, 1]],
    },
    gauge('process_resident_memory_bytes', 'Memory of the process that is in main memory.', residentBytes),
    counter('process_cpu_seconds_total', 'Processor time of the process, all threads.', cpuSeconds),
    gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.', startedSeconds),
  ];
}

function httpFamilies(front: FrontFigures): Family[] {
  const { requests, places } = front;
  return [
    {
      type: 'histogram',
      name: 'myelin_http_request_duration_seconds',
      help: 'From the headers of a request until its answer is ready, by endpoint and status; a call waits for its certificate.',
      samples: requests.map(({ endpoint, status, duration }) => [{ endpoint, status }, duration]),
    },
    {
      type: 'gauge',
      name: 'myelin_http_requests_in_flight',
      help: 'Requests that are worked on now.',
      samples: places.map(({ kind, taken }) => [{ kind }, taken]),
    },
    {
      type: 'counter',
      name: 'myelin_http_requests_overloaded_total',
      help: 'Requests that were told to come back later because too many were in flight.',
      samples: places.map(({ kind, refused }) => [{ kind }, refused]),
    },
    gauge('myelin_http_body_bytes', 'Bodies of requests, and answers that are not read yet.', front.bodyBytes),
    counter(
      'myelin_http_connections_dropped_total',
      'Connections that were refused because there were too many.',
      front.connectionsDropped,
    ),
    counter(
      'myelin_http_malformed_total',
      'Connections that were ended because what they sent was not HTTP or came too slowly.',
      front.malformed,
    ),
    gauge('myelin_log_followers', 'Readers that follow the logs of canisters.', front.logFollowers),
  ];
}

function ingressFamilies({ admissions, pool }: ReplicaSnapshot): Family[] {
  return [
    counter('myelin_ingress_accepted_total', 'Update calls that were admitted.', admissions.accepted),
    {
      type: 'counter',
      name: 'myelin_ingress_refused_total',
      help: 'Update calls that were refused at admission, by error code; busy: the pool was full.',
      samples: admissions.refused.map(([code, count]) => [{ code }, count]),
    },
    gauge('myelin_ingress_pool_messages', 'Update calls that wait for a batch.', pool.pooledMessages),
    gauge('myelin_ingress_pool_bytes', 'Bytes of the update calls that wait for a batch.', pool.pooledBytes),
    gauge('myelin_ingress_offered_messages', 'Update calls that are in no durable batch yet.', pool.offered),
    gauge('myelin_ingress_waiting_requests', 'Requests whose callers wait for a certificate.', pool.waiting),
  ];
}

function batchFamilies({ batches, queries, queryLines }: ReplicaSnapshot): Family[] {
  return [
    histogram('myelin_batch_duration_seconds', 'From the making of a batch until the state after it is published.', batches.whole),
    histogram('myelin_batch_execution_seconds', 'Execution of a batch.', batches.execution),
    histogram('myelin_batch_durable_seconds', 'From the making of a batch until it is in the log and synced.', batches.durable),
    gauge('myelin_batch_running_seconds', 'For how long the batch runs that runs now; 0 without one.', batches.runningSeconds),
    counter('myelin_batch_ingress_messages_total', 'Update calls in batches.', batches.ingressMessages),
    counter('myelin_messages_executed_total', 'Messages that canisters executed in batches.', batches.messages),
    counter('myelin_instructions_executed_total', 'Instructions of these messages.', batches.instructions),
    histogram('myelin_query_execution_seconds', 'Execution of a query.', queries.duration),
    {
      type: 'counter',
      name: 'myelin_queries_total',
      help: 'Queries by their outcome.',
      samples: [
        [{ outcome: 'replied' }, queries.replied],
        [{ outcome: 'rejected' }, queries.rejected],
      ],
    },
    counter('myelin_query_lines_total', 'Lines that queries printed, traps included.', queryLines.lines),
    counter(
      'myelin_query_lines_dropped_total',
      'Lines that queries printed and nobody could see: too many came at once.',
      queryLines.dropped,
    ),
  ];
}

function stateFamilies({ height, timeMs, state }: ReplicaSnapshot, listing: CanisterListing | undefined): Family[] {
  const own: Family[] = [
    gauge('myelin_state_height', 'Height of the certified state.', height),
    gauge('myelin_state_time_seconds', 'Time of the certified state, in seconds since 1970.', timeMs / 1e3),
    gauge('myelin_state_memory_bytes', 'Memory of all canisters, as their storage is billed.', state.memoryBytes),
    gauge('myelin_state_canisters_active', 'Canisters with something to execute.', state.activeCanisters),
    gauge('myelin_state_canisters_paused', 'Canisters whose message goes on in a later batch.', state.pausedCanisters),
    gauge('myelin_state_queued_messages', 'Messages in the queues of canisters.', state.queuedMessages),
    gauge('myelin_state_queued_bytes', 'Bytes of the messages in the queues of canisters.', state.queuedBytes),
    gauge('myelin_state_ingress_history_entries', 'Requests whose status is kept.', state.ingressHistory),
    gauge('myelin_state_updates', 'Update calls since genesis.', state.updates),
    gauge('myelin_state_instructions', 'Instructions since genesis.', state.instructions),
    gauge('myelin_state_cycles_burned', 'Cycles burned since genesis.', state.cyclesBurned),
    gauge('myelin_state_cycles_minted', 'Cycles minted since genesis.', state.cyclesMinted),
  ];
  if (listing === undefined) return [...own, gauge('myelin_state_canisters', 'Canisters.', state.canisters)];
  const { running, stopping, stopped, heapPages, stablePages } = listing;
  return [
    ...own,
    {
      type: 'gauge',
      name: 'myelin_state_canisters',
      help: 'Canisters by status.',
      samples: Object.entries({ running, stopping, stopped }).map(([status, count]) => [{ status }, count]),
    },
    {
      type: 'gauge',
      name: 'myelin_state_pages',
      help: 'Pages of 4 KiB of all canisters that are not all zero.',
      samples: Object.entries({ heap: heapPages, stable: stablePages }).map(([memory, count]) => [{ memory }, count]),
    },
  ];
}

function keptFamilies({ checkpoints, log }: ReplicaSnapshot): Family[] {
  return [
    ...(checkpoints === undefined
      ? []
      : [
          gauge('myelin_checkpoint_height', 'Height of the newest complete checkpoint.', checkpoints.height),
          histogram('myelin_checkpoint_duration_seconds', 'Taking a checkpoint; batches go on meanwhile.', checkpoints.duration),
        ]),
    ...(log === undefined ? [] : [gauge('myelin_log_bytes', 'Size of the input log.', log.bytes)]),
    ...(log?.freeBytes === undefined
      ? []
      : [gauge('myelin_log_disk_free_bytes', 'Bytes left on the disk of the input log.', log.freeBytes)]),
  ];
}

function cacheFamilies({ threads }: ReplicaSnapshot, { signatures }: FrontFigures): Family[] {
  const own = { thread: 'front', name: 'signatures', size: undefined, ...signatures };
  const all = [...threads.flatMap(({ name: thread, caches }) => caches.map((cache) => ({ thread, ...cache }))), own];
  return [
    {
      type: 'counter',
      name: 'myelin_cache_hits_total',
      help: 'How often a cache had what was asked for.',
      samples: all.map(({ name, thread, hits }) => [{ cache: name, thread }, hits]),
    },
    {
      type: 'counter',
      name: 'myelin_cache_misses_total',
      help: 'How often it did not.',
      samples: all.map(({ name, thread, misses }) => [{ cache: name, thread }, misses]),
    },
    {
      type: 'gauge',
      name: 'myelin_cache_entries',
      help: 'What a cache holds.',
      samples: all.flatMap(({ name, thread, size }) => (size === undefined ? [] : [[{ cache: name, thread }, size] as const])),
    },
  ];
}

function threadFamilies({ threads }: ReplicaSnapshot): Family[] {
  const family = (type: 'gauge' | 'counter', name: string, help: string, value: (load: (typeof threads)[number]) => number): Family => ({
    type,
    name,
    help,
    samples: threads.map((load) => [{ thread: load.name }, value(load)]),
  });
  return [
    family(
      'gauge',
      'myelin_event_loop_delay_max_seconds',
      'Longest delay of the event loop in the last ten seconds.',
      (load) => load.delayMaxSeconds,
    ),
    family(
      'gauge',
      'myelin_event_loop_delay_mean_seconds',
      'Mean delay of the event loop in the last ten seconds.',
      (load) => load.delayMeanSeconds,
    ),
    family('counter', 'myelin_event_loop_active_seconds_total', 'Time that the event loop was not idle.', (load) => load.activeSeconds),
    family('gauge', 'myelin_heap_used_bytes', "JavaScript objects on V8's heap.", (load) => load.heapUsedBytes),
    family('gauge', 'myelin_heap_bytes', "V8's heap.", (load) => load.heapTotalBytes),
    family('gauge', 'myelin_external_memory_bytes', "Buffers and WebAssembly memories outside of V8's heap.", (load) => load.externalBytes),
  ];
}

/** Everything; without the replica's part when it did not answer in time. */
export function nodeFamilies(
  front: FrontFigures,
  ofProcess: ProcessFigures,
  replica: ReplicaSnapshot | undefined,
  listing: CanisterListing | undefined,
): Family[] {
  return [
    gauge(
      'myelin_replica_up',
      'Whether the replica told its figures; without them those of the HTTP side stand alone.',
      replica === undefined ? 0 : 1,
    ),
    ...processFamilies(ofProcess),
    ...httpFamilies(front),
    ...(replica === undefined
      ? []
      : [
          ...ingressFamilies(replica),
          ...batchFamilies(replica),
          ...stateFamilies(replica, listing),
          ...keptFamilies(replica),
          ...cacheFamilies(replica, front),
          ...threadFamilies(replica),
        ]),
  ];
}
