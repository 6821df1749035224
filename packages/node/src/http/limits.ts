/**
 * Bounds of everything that reaches a node over HTTP. Sizes in bytes, times in milliseconds unless the name says otherwise.
 *
 * Invariants: what one client can make a node keep is bounded per request, per connection and in total; every wait ends.
 * @module
 */

/** Bounds that an operator may tighten or loosen; {@link HTTP_LIMITS} are the defaults. */
export type HttpLimits = {
  /** Largest body of an API request. Boundary nodes use the same 4 MiB. */
  readonly bodyBytesMax: number;
  /** Largest update call, whole envelope: 2 MiB on application subnets, 3.5 MiB on the root subnet of the public network. */
  readonly ingressBytesMax: number;
  /** Largest body that the gateway takes: it must fit an update call together with its headers. */
  readonly gatewayBodyBytesMax: number;
  /** Bytes of all bodies together, from the first byte until the request is answered, and of answers that are not read yet. */
  readonly bodiesBytesMax: number;
  /** Bytes of an unwanted body that are read and dropped before the connection is closed. */
  readonly discardedBytesMax: number;
  /** Time for which an unwanted body is read and dropped; then its client is answered and the connection closed. */
  readonly discardTimeoutMs: number;
  /** Request line and headers together. */
  readonly headerBytesMax: number;
  /** Number of headers. */
  readonly headersMax: number;
  /** Open connections. */
  readonly connectionsMax: number;
  /** Of these, connections of one source: an IPv4 address, or the first 64 bits of an IPv6 address. */
  readonly sourceConnectionsMax: number;
  /** Requests of one connection that wait for their answers. A connection with more is ended: nobody pipelines so much. */
  readonly connectionRequestsMax: number;
  /** Time for which the source of such a connection gets no new one: what it has sent at once is parsed all the same. */
  readonly shutMs: number;
  /** Requests that are being worked on together; more are told to come back later (503). */
  readonly requestsInFlightMax: number;
  /** Of these, requests of one source; more are told to come back later (429). */
  readonly sourceRequestsInFlightMax: number;
  /** Of the bytes of all bodies, those of one source. */
  readonly sourceBodiesBytesMax: number;
  /** Of these, queries, own and of the gateway. */
  readonly queriesInFlightMax: number;
  /** Queries and pages that run at the same time; further ones wait, and the sources take turns. */
  readonly turnsMax: number;
  /** Of these, those of one source. */
  readonly sourceTurnsMax: number;
  /** Of the requests in flight, update calls, waiting ones included. */
  readonly callsInFlightMax: number;
  /** Calls that may wait to be part of a batch however long; see backlog.ts. */
  readonly waitingCallsMin: number;
  /** Time that the oldest of more calls than that may have waited before new ones are told to come back later (429). */
  readonly waitingMsMax: number;
  /** Time to receive the headers of a request. */
  readonly headersTimeoutMs: number;
  /** Time to receive a whole request. */
  readonly requestTimeoutMs: number;
  /** Time for a client to read a whole answer, streamed ones excepted. */
  readonly answerTimeoutMs: number;
  /** Time for which an idle connection is kept. */
  readonly keepAliveTimeoutMs: number;
  /** Time without a byte in either direction after which a connection is closed; longer than every wait. */
  readonly socketTimeoutMs: number;
  /** Time for which a synchronous call waits for its certificate before it answers 202. */
  readonly callTimeoutMs: number;
  /** Time for which the gateway waits for the reply of an update call. */
  readonly gatewayCallTimeoutMs: number;
  /** Time for requests in flight when the server closes. */
  readonly closeGraceMs: number;
  /** Bodies that a canister may stream behind its first one, and their bytes together. */
  readonly streamedBodiesMax: number;
  readonly streamedBytesMax: number;
};

const MIB = 1024 * 1024;

/** Defaults for one machine. */
export const HTTP_LIMITS: HttpLimits = {
  bodyBytesMax: 4 * MIB,
  ingressBytesMax: 2 * MIB,
  gatewayBodyBytesMax: 2 * MIB - 128 * 1024,
  bodiesBytesMax: 512 * MIB,
  discardedBytesMax: 16 * MIB,
  discardTimeoutMs: 3_000,
  headerBytesMax: 32 * 1024,
  headersMax: 100,
  connectionsMax: 10_000,
  sourceConnectionsMax: 2_500,
  connectionRequestsMax: 32,
  shutMs: 10_000,
  requestsInFlightMax: 8_000,
  sourceRequestsInFlightMax: 2_000,
  sourceBodiesBytesMax: 128 * MIB,
  queriesInFlightMax: 6_000,
  turnsMax: 48,
  sourceTurnsMax: 32,
  callsInFlightMax: 6_000,
  waitingCallsMin: 1_000,
  waitingMsMax: 1_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 120_000,
  answerTimeoutMs: 60_000,
  keepAliveTimeoutMs: 65_000,
  socketTimeoutMs: 180_000,
  callTimeoutMs: 10_000,
  gatewayCallTimeoutMs: 60_000,
  closeGraceMs: 5_000,
  streamedBodiesMax: 20_000,
  streamedBytesMax: 4 * 1024 * MIB,
};

/** Requests in flight with which a source is served although the node is behind: more than a person or a page has. */
export const MODEST_REQUESTS_MAX = 16;

/** Share of all connections from which on they are scarce: idle ones make room for new ones of sources that have few. */
export const SCARCE_CONNECTIONS_SHARE = 0.9;

/** Connections that a source may have also when they are scarce: more than a person, a page or an application server has. */
export const MODEST_CONNECTIONS_MAX = 64;

/** Sources that are shut out at the same time; those for the longest time are forgotten first. */
export const SHUT_SOURCES_MAX = 10_000;

/** Share of its bytes that a source must have left for its queries to run: who does not read its answers gets no more of them. */
export const LEFT_BYTES_SHARE = 0.125;

/** Request ids are SHA-256 digests. */
export const REQUEST_ID_BYTES = 32;

/** Longest request target (path and query) that is looked at. */
export const TARGET_CHARS_MAX = 16 * 1024;

/** Longest text from a client or canister that is repeated in an answer. */
export const ECHOED_CHARS_MAX = 200;

/** Canisters on the landing page. */
export const LISTED_CANISTERS_MAX = 200;

/** Valid signatures that are remembered: of delegations, and of certificates in canister signatures. About 100 bytes each. */
export const REMEMBERED_SIGNATURES_MAX = 20_000;

/** Readers that may follow the logs of canisters at once. */
export const LOG_FOLLOWERS_MAX = 32;

/** Bytes of the headers that a canister may send with a page. */
export const RESPONSE_HEADER_BYTES_MAX = 64 * 1024;

/**
 * Values in the content of a request, nested ones included: each is hashed for the request id before the sender is known. 1,000 paths
 * of the five labels that the longest readable path has are 6,000.
 */
export const CONTENT_VALUES_MAX = 8_192;
