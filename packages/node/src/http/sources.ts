/**
 * What the clients of one address may take of a node: connections, requests in flight, bytes of bodies and of unread answers.
 *
 * The bounds of the whole node keep it alive; these keep it open for others while one client takes all that it gets. A refused request is
 * answered 429, as the boundary nodes of the public network do.
 * @module
 */
import type { Socket } from 'node:net';
import { shortageOf } from './body.ts';
import type { BodyBudget } from './body.ts';
import { refuse } from './failure.ts';
import { createGauge } from './gauges.ts';
import type { Gauge, Slot } from './gauges.ts';
import { SHUT_SOURCES_MAX } from './limits.ts';
import type { HttpLimits } from './limits.ts';

/** One address, as long as anything of it is here. */
export type Source = {
  readonly connections: Gauge;
  /** Its connections without a request, those that never had one included; the first for the longest time. */
  readonly idle: Set<Socket>;
  /** Requests that are worked on, also when their connection is gone. */
  readonly requests: Gauge;
  /** Bytes that this source may still take, and that are left of those of the whole node. */
  readonly bodies: BodyBudget;
};

export type Sources = {
  /** The source of a connection, which is counted until it closes; undefined when the source has as many as it may have, or was shut out. */
  admit(socket: Socket): Source | undefined;
  /** The source of an admitted connection. */
  of(socket: Socket): Source | undefined;
  /** A place for a request of a source; undefined when the source has as many as it may have. */
  enter(source: Source): Slot | undefined;
  /**
   * Ends the idle connections of a source and admits no new ones for a while: what a connection has sent is parsed before it can be ended,
   * so those whose bytes wait to be read must be ended before.
   */
  shut(source: Source): void;
  /** Of the sources with idle connections, the one with the most connections. */
  greediest(): Source | undefined;
  /** Sources that are known. */
  readonly count: number;
};

const IPV4_MAPPED = '::ffff:';
const IPV6_GROUPS = 8;
/** Groups of an IPv6 address that name the network of one subscriber (RFC 6177): the others are free to choose. */
const SUBSCRIBER_GROUPS = 4;

const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));

/** All addresses that one client can choose from, by one name: an IPv4 address, or the first 64 bits of an IPv6 address. */
export function sourceName(address: string): string {
  if (address.startsWith(IPV4_MAPPED)) return address.slice(IPV4_MAPPED.length);
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%', 1)[0]!.split('::');
  const groups = groupsOf(head);
  if (tail !== undefined) {
    const after = groupsOf(tail);
    while (groups.length + after.length < IPV6_GROUPS) groups.push('0');
    groups.push(...after);
  }
  return groups.slice(0, SUBSCRIBER_GROUPS).join(':');
}

/** A budget within a budget: what is taken from one is taken from both. */
function createShare(bytesMax: number, total: BodyBudget): BodyBudget {
  let own = bytesMax;
  return {
    get bytesLeft(): number {
      return Math.min(own, total.bytesLeft);
    },
    set bytesLeft(bytes: number) {
      const change = bytes - this.bytesLeft;
      own += change;
      total.bytesLeft += change;
    },
    shortage: () =>
      own <= total.bytesLeft
        ? refuse(429, 'Too many bytes of your requests and answers are on their way. Try again later.').error
        : shortageOf(total),
  };
}

export function createSources(limits: HttpLimits, total: BodyBudget): Sources {
  const known = new Map<string, Source>();
  const ofSocket = new WeakMap<Socket, Source>();
  const nameOf = new WeakMap<Source, string>();
  /** Until when sources are shut out, milliseconds; the first for the longest time. */
  const shutUntil = new Map<string, number>();

  function sourceAt(name: string): Source {
    let source = known.get(name);
    if (source === undefined) {
      source = {
        idle: new Set(),
        connections: createGauge(limits.sourceConnectionsMax),
        requests: createGauge(limits.sourceRequestsInFlightMax),
        bodies: createShare(limits.sourceBodiesBytesMax, total),
      };
      known.set(name, source);
      nameOf.set(source, name);
    }
    return source;
  }

  /** A source is forgotten when nothing of it is left. Its requests may outlive its connections. */
  function forget(source: Source): void {
    if (source.connections.count === 0 && source.requests.count === 0) known.delete(nameOf.get(source) ?? '');
  }

  return {
    get count(): number {
      return known.size;
    },
    admit(socket) {
      const name = sourceName(socket.remoteAddress ?? '');
      if ((shutUntil.get(name) ?? 0) > performance.now()) return undefined;
      const source = sourceAt(name);
      const place = source.connections.enter();
      if (place === undefined) return undefined;
      ofSocket.set(socket, source);
      source.idle.add(socket);
      socket.once('close', () => {
        source.idle.delete(socket);
        place.leave();
        forget(source);
      });
      return source;
    },
    of: (socket) => ofSocket.get(socket),
    shut(source) {
      const name = nameOf.get(source) ?? '';
      shutUntil.delete(name);
      const [oldest] = shutUntil.keys();
      if (shutUntil.size >= SHUT_SOURCES_MAX && oldest !== undefined) shutUntil.delete(oldest);
      shutUntil.set(name, performance.now() + limits.shutMs);
      for (const socket of source.idle) socket.destroy();
    },
    greediest() {
      let found: Source | undefined;
      for (const source of known.values())
        if (source.idle.size > 0 && source.connections.count > (found?.connections.count ?? 0)) found = source;
      return found;
    },
    enter(source) {
      const place = source.requests.enter();
      if (place === undefined) return undefined;
      return {
        leave() {
          place.leave();
          forget(source);
        },
      };
    },
  };
}
