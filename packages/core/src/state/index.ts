export { DIGEST_BYTES } from './digest.ts';
export type { ForkHash, ForkHashBatch, HashSlot, TrieHashing, TrieVisitor } from './digest-trie.ts';
export { PageMap } from './page-map.ts';
export type { PageEntry } from './page-map.ts';
export { PAGE_BYTES, PAGE_INDEX_LIMIT } from './page-node.ts';
export { PersistentMap } from './persistent-map.ts';
export type { MapEntry } from './persistent-map.ts';
export { PersistentQueue } from './persistent-queue.ts';
