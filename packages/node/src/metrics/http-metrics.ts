/**
 * Counters of the HTTP side, plain numbers that its own thread writes.
 * @module
 */
import { performance } from 'node:perf_hooks';
import { copyHistogram, createHistogram, type Histogram, observe } from './histogram.ts';

/** What a request was for. A closed set: paths and hosts are the clients' to choose. */
export type Endpoint = 'status' | 'call' | 'query' | 'read_state' | 'gateway' | 'operator' | 'none';

/** A request while it is answered. */
export type Observation = {
  endpoint: Endpoint;
  /** Once: it was answered, or its client has left (undefined). */
  end(status: number | undefined): void;
};

/** Statuses that are told apart; canisters may send others, which are counted by their first digit. */
const STATUSES: ReadonlySet<number> = new Set([
  200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 408, 409, 410, 411, 413, 414, 415, 416, 422, 429, 431,
  500, 501, 502, 503, 504,
]);

function statusLabel(status: number | undefined): string {
  if (status === undefined) return 'closed';
  return STATUSES.has(status) ? String(status) : `${Math.floor(status / 100)}xx`;
}

/** Requests with one endpoint and status. */
export type RequestFigures = { readonly endpoint: Endpoint; readonly status: string; readonly duration: Histogram };

export class HttpMetrics {
  readonly #requests = new Map<string, RequestFigures>();
  /** Connections that were refused because there are too many. */
  connectionsDropped = 0;
  /** Bytes that were not HTTP, or came too slowly. */
  malformed = 0;

  /** A request has arrived. */
  begin(): Observation {
    const startedMs = performance.now();
    const observation: Observation = {
      endpoint: 'none',
      end: (status) => this.#count(observation.endpoint, statusLabel(status), (performance.now() - startedMs) / 1e3),
    };
    return observation;
  }

  #count(endpoint: Endpoint, status: string, seconds: number): void {
    const key = `${endpoint} ${status}`;
    let figures = this.#requests.get(key);
    if (figures === undefined) this.#requests.set(key, (figures = { endpoint, status, duration: createHistogram() }));
    observe(figures.duration, seconds);
  }

  requests(): readonly RequestFigures[] {
    return [...this.#requests.values()].map((figures) => ({ ...figures, duration: copyHistogram(figures.duration) }));
  }
}
