/**
 * A state with something in every field, and the states that differ from it in one place.
 */
import assert from 'node:assert/strict';
import type { PrincipalId } from '../../../src/base/index.ts';
import {
  addCanister,
  type CanisterModule,
  type CanisterState,
  createCanisterState,
  createReplicatedState,
  type DueEntries,
  type IngressHistory,
  type IngressStatus,
  ingressStatusBytes,
  PAGE_BYTES,
  PageMap,
  PersistentMap,
  PersistentQueue,
  type ReplicatedState,
  RequestMap,
} from '../../../src/state/index.ts';

export const ID = '00000000000000010101' as PrincipalId;
const OTHER = '00000000000000020101' as PrincipalId;
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** Two names for one state, owners, and what follows from the module's hash. */
const IDENTITIES: ReadonlySet<string> = new Set(['edit', 'heapToken', 'heapDirty', 'source', 'info', 'instrumented']);

export type Variant = readonly [path: string, value: unknown];

/** Values that differ from `value` in one place each. */
export function* variants(value: unknown, path: string): Generator<Variant, void, undefined> {
  if (value === undefined) yield [path, 1];
  else if (typeof value === 'bigint') yield [path, value + 1n];
  else if (typeof value === 'number') yield [path, value + 1];
  else if (typeof value === 'boolean') yield [path, !value];
  else if (typeof value === 'string') yield [path, /^[0-9a-f]+$/.test(value) ? `${value.slice(0, -2)}99` : `${value}!`];
  else if (value instanceof Uint8Array) yield [path, Uint8Array.of(...value, 1)];
  else if (value instanceof PageMap) {
    const changed = value.fork();
    changed.write(5 * PAGE_BYTES + 7, bytes(1));
    yield [path, changed];
  } else if (value instanceof PersistentQueue) yield* ofList([...value.values()], path, (items) => queueOf(...items));
  else if (Array.isArray(value)) yield* ofList(value, path, (items) => items);
  else if (value instanceof Map) yield* ofEntries([...value], path, (entries) => new Map(entries));
  else if (value instanceof PersistentMap) yield* ofEntries([...value.entries()], path, (entries) => mapOf(entries as [string, unknown][]));
  else {
    for (const [name, field] of Object.entries(value as object)) {
      if (IDENTITIES.has(name)) continue;
      for (const [where, changed] of variants(field, `${path}.${name}`)) yield [where, { ...(value as object), [name]: changed }];
    }
  }
}

function* ofList(items: readonly unknown[], path: string, make: (items: unknown[]) => unknown): Generator<Variant, void, undefined> {
  assert.ok(items.length > 0, `the sample has something in ${path}`);
  yield [`${path}, shorter`, make(items.slice(1))];
  for (const [index, item] of items.entries()) {
    for (const [where, changed] of variants(item, `${path}[${index}]`)) yield [where, make(items.with(index, changed))];
  }
}

function* ofEntries(
  entries: readonly (readonly [unknown, unknown])[],
  path: string,
  make: (entries: (readonly [unknown, unknown])[]) => unknown,
): Generator<Variant, void, undefined> {
  assert.ok(entries.length > 0, `the sample has something in ${path}`);
  yield [`${path}, smaller`, make(entries.slice(1))];
  for (const [index, [key, value]] of entries.entries()) {
    for (const [where, changed] of variants(key, `${path}, key`)) yield [where, make(entries.with(index, [changed, value]))];
    for (const [where, changed] of variants(value, `${path}{${String(key)}}`)) yield [where, make(entries.with(index, [key, changed]))];
  }
}

function queueOf<V>(...items: V[]): PersistentQueue<V> {
  const queue = PersistentQueue.empty<V>();
  for (const item of items) queue.push(item);
  return queue;
}

function mapOf<V>(entries: readonly (readonly [string, V])[]): PersistentMap<V> {
  const map = PersistentMap.empty<V>();
  for (const [key, value] of entries) map.set(key, value);
  return map;
}

/** A canister with something in every field. */
export function sampleCanister(edit: object): CanisterState {
  const user = { kind: 'ingress', requestId: 'aa'.repeat(32), sender: OTHER, senderInfo: { info: bytes(1), signer: OTHER } } as const;
  const caller = { kind: 'canister', sender: OTHER, callbackId: 4, deadlineNs: 9n, senderVersion: 2 } as const;
  const closure = { fun: 1, env: 2n };
  const callback = {
    id: 3,
    callContextId: 1,
    respondent: OTHER,
    cyclesSent: 5n,
    prepaidExecution: 6n,
    prepaidTransmission: 7n,
    onReply: closure,
    onReject: closure,
    onCleanup: closure,
    deadlineNs: 8n,
  };
  const request = {
    kind: 'request',
    sender: OTHER,
    receiver: ID,
    methodName: 'm',
    payload: bytes(1),
    cycles: 1n,
    callbackId: 1,
    deadlineNs: 2n,
    senderVersion: 3,
  } as const;
  const response = {
    kind: 'response',
    originator: ID,
    respondent: OTHER,
    callbackId: 3,
    refund: 1n,
    payload: { kind: 'reject', code: 4, message: 'no' },
  } as const;
  const management = {
    kind: 'management',
    origin: caller,
    sender: OTHER,
    methodName: 'install_code',
    payload: bytes(2),
    cycles: 3n,
    module: bytes(4),
  } as const;
  const ingress = {
    ...user,
    kind: 'ingress',
    receiver: ID,
    effectiveCanisterId: ID,
    methodName: 'm',
    arg: bytes(3),
    expiryNs: 4n,
  } as const;
  const visibility = { kind: 'allowed_viewers', viewers: [OTHER] } as const;
  const pages = PageMap.empty();
  pages.write(0, bytes(1, 2, 3));
  const stable = PageMap.empty();
  stable.write(100_000, bytes(4));
  const module: CanisterModule = {
    hash: 'bb'.repeat(32),
    source: bytes(0),
    info: {
      memory64: false,
      hasMemory: true,
      hasStart: false,
      methods: new Map(),
      entryPoints: new Set(),
      metadata: new Map(),
      metadataBytes: 0,
      moduleBytes: 0,
    },
    instrumented: {
      bytes: bytes(0),
      memory64: false,
      mutableGlobals: 0,
      globalsBytes: 0,
      initialPages: 0,
      maximumPages: 0,
      elementsFit: true,
      mayConsumeInstance: false,
      instructionCount: 0,
    },
  };
  return {
    ...createCanisterState({
      edit,
      id: ID,
      balance: 1n,
      timeNs: 2n,
      firstCallbackId: 1,
      settings: {
        controllers: [OTHER],
        computeAllocation: 1,
        memoryAllocation: 2n,
        freezingThreshold: 3n,
        reservedCyclesLimit: 4n,
        minimumIncomingCallCycles: 5n,
        logVisibility: visibility,
        snapshotVisibility: visibility,
        statusVisibility: visibility,
        wasmMemoryLimit: 6n,
        wasmMemoryThreshold: 7n,
        logMemoryLimit: 8,
        environmentVariables: [{ name: 'n', value: 'v' }],
      },
    }),
    status: { kind: 'stopping', waiting: [{ origin: user, refund: 1n, sinceNs: 2n }] },
    module,
    heap: { pages, wasmPages: 1, globals: bytes(1) },
    stable,
    certifiedData: bytes(1),
    chunkStore: mapOf([['cc'.repeat(32), bytes(1)]]),
    logs: queueOf({ index: 0, timestampNs: 1n, content: bytes(1) }),
    history: [
      {
        timestampNs: 1n,
        canisterVersion: 1,
        origin: { kind: 'user', id: OTHER },
        details: { kind: 'creation', controllers: [OTHER], environmentVariablesHash: bytes(1) },
      },
      {
        timestampNs: 1n,
        canisterVersion: 1,
        origin: { kind: 'canister', id: OTHER, version: 1 },
        details: { kind: 'code_deployment', mode: 'install', moduleHash: 'dd' },
      },
    ],
    managementQueue: queueOf(management),
    inputQueue: queueOf<typeof request | typeof response>(request, response),
    ingressQueue: queueOf(ingress),
    taskQueue: ['heartbeat'],
    callContexts: new Map([
      [
        1,
        {
          id: 1,
          origin: user,
          availableCycles: 1n,
          responded: false,
          deleted: false,
          createdNs: 1n,
          outstandingCalls: 1,
          instructions: 1n,
        },
      ],
      [
        2,
        {
          id: 2,
          origin: caller,
          availableCycles: 1n,
          responded: false,
          deleted: false,
          createdNs: 1n,
          outstandingCalls: 1,
          instructions: 1n,
        },
      ],
    ]),
    callbacks: new Map([[3, callback]]),
    outstanding: new Map([[OTHER, 1]]),
    paused: {
      input: response,
      callContextId: 1,
      callback,
      startedNs: 1n,
      subnetMemoryAvailable: 2n,
      queueBytesAvailable: 1,
      slicesDone: 3,
    },
  };
}

/** A state with something in every field. */
/** A history by what it is made of: its maps have much in common. */
type History = {
  readonly open: ReadonlyMap<string, IngressStatus>;
  /** By the time when they are pruned. */
  readonly due: ReadonlyMap<string, ReadonlyMap<string, IngressStatus>>;
  readonly bytes: number;
};

function sampleHistory(): History {
  const known = { sender: OTHER, receiver: ID, expiryNs: 1n } as const;
  return {
    open: new Map([['ee'.repeat(32), { ...known, status: 'received' }]]),
    due: new Map([
      [
        'cc',
        new Map<string, IngressStatus>([
          ['aa'.repeat(32), { ...known, status: 'replied', reply: bytes(1) }],
          ['bb'.repeat(32), { ...known, status: 'rejected', rejectCode: 4, rejectMessage: 'no', errorCode: 'IC0406' }],
        ]),
      ],
    ]),
    bytes: 3,
  };
}

function historyOf({ open, due, bytes: sum }: History): IngressHistory {
  const statuses = [...open, ...[...due.values()].flatMap((requests) => [...requests])];
  const groups = [...due].map(([time, requests]): [string, DueEntries] => {
    const sizes = [...requests.values()].map((status) => ingressStatusBytes(status));
    return [time, { edit: {}, requestIds: [...requests.keys()], bytes: sizes.reduce((a, b) => a + b, 0), records: undefined }];
  });
  const entries = RequestMap.empty<IngressStatus>();
  for (const [requestId, status] of statuses) entries.set(requestId, status);
  return { entries, open: mapOf([...open]), pruneAt: mapOf(groups), bytes: sum };
}

/** Fields of the state with a value that differs in one place, canisters apart. */
export function* stateVariants(): Generator<readonly [path: string, name: keyof ReplicatedState, value: unknown], void, undefined> {
  for (const name of Object.keys(sampleState()) as (keyof ReplicatedState)[]) {
    if (name === 'edit' || name === 'canisters') continue;
    const isHistory = name === 'ingressHistory';
    for (const [path, value] of variants(isHistory ? sampleHistory() : sampleState()[name], name)) {
      yield [path, name, isHistory ? historyOf(value as History) : value];
    }
  }
}

export function sampleState(): ReplicatedState {
  const subnet = {
    id: OTHER,
    type: 'application',
    publicKey: bytes(1),
    nodes: [{ id: OTHER, publicKey: bytes(2) }],
    ranges: [{ first: ID, last: OTHER }],
  } as const;
  const other = { ...subnet, id: ID };
  const state = createReplicatedState({
    subnet,
    network: [subnet, other],
    rootKey: bytes(1),
    timeNs: 1n,
    protocolVersion: 1,
    firstCanisterIndex: 1n,
  });
  const origin = { kind: 'system' } as const;
  Object.assign(state, {
    ingressHistory: historyOf(sampleHistory()),
    timers: mapOf([['01', ID]]),
    deadlines: mapOf([['02', { canister: ID, callbackId: 1 }]]),
    heartbeats: mapOf([['03', true]]),
    active: mapOf([['04', true]]),
    stopping: mapOf([['05', true]]),
    scheduledLast: '06',
    paused: mapOf([['07', ID]]),
    charges: mapOf([['08', ID]]),
    moduleUsers: mapOf([['bb'.repeat(32), 1]]),
    randomnessRequests: [{ origin, refund: 1n }],
    managementQueue: queueOf({ kind: 'management', origin, sender: OTHER, methodName: 'raw_rand', payload: bytes(1), cycles: 1n }),
  });
  addCanister(state, sampleCanister(state.edit));
  return state;
}
