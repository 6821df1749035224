/**
 * The figures of the HTTP side and of the process, as they are now.
 * @module
 */
import type { FrontFigures, ProcessFigures } from '../../metrics/index.ts';
import type { HttpContext } from '../context.ts';

export function frontFigures({ metrics, gauges, bodyBytes, envelopes, followers }: HttpContext): FrontFigures {
  const places = Object.entries({ all: gauges.requests, query: gauges.queries, call: gauges.calls });
  return {
    requests: metrics.requests(),
    places: places.map(([kind, { count, refused }]) => ({ kind, taken: count, refused })),
    bodyBytes: bodyBytes(),
    connectionsDropped: metrics.connectionsDropped,
    malformed: metrics.malformed,
    logFollowers: followers.count,
    signatures: envelopes.signatures,
  };
}

export function processFigures(version: string): ProcessFigures {
  const { user, system } = process.cpuUsage();
  return {
    version,
    nodeVersion: process.versions.node,
    residentBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1e6,
    startedSeconds: performance.timeOrigin / 1e3,
  };
}
