/**
 * Which fields of the state are recorded how. A field that nobody names here is part of its record.
 * @module
 */
import type { CanisterState } from '../canister-state.ts';
import type { ReplicatedState } from '../replicated-state.ts';

export type IndexName = 'timers' | 'deadlines' | 'heartbeats' | 'active' | 'stopping' | 'paused' | 'charges' | 'moduleUsers';

/** Maps whose entries are records of their own. Their numbers are part of the format: new ones come last. */
export const INDEXES: readonly IndexName[] = [
  'timers',
  'deadlines',
  'heartbeats',
  'active',
  'stopping',
  'paused',
  'charges',
  'moduleUsers',
];

/** Fields of the state that are not in the header. */
export const HEADER_FIELDS_APART: ReadonlySet<string> = new Set<keyof ReplicatedState>(['edit', 'canisters', 'ingressHistory', ...INDEXES]);

/** Fields of a canister that are not in its record: identities, and what has records of its own. The digest hashes the same apart. */
export const CANISTER_FIELDS_APART: ReadonlySet<string> = new Set<keyof CanisterState>([
  'edit',
  'heap',
  'heapToken',
  'heapDirty',
  'stable',
  'module',
  'chunkStore',
]);
