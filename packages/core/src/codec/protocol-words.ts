/**
 * The texts that occur in the messages of the IC's HTTPS interface, found by their bytes.
 *
 * A decoder that meets one returns the string that exists already, which spares it building, flattening and hashing a new one:
 * an envelope of 430 bytes has some 15 of them.
 * @module
 */

const WORDS: readonly string[] = [
  'content',
  'sender_pubkey',
  'sender_sig',
  'sender_delegation',
  'delegation',
  'signature',
  'pubkey',
  'expiration',
  'targets',
  'request_type',
  'call',
  'query',
  'read_state',
  'canister_id',
  'method_name',
  'arg',
  'sender',
  'nonce',
  'ingress_expiry',
  'sender_info',
  'info',
  'signer',
  'sig',
  'paths',
  'status',
  'reply',
  'replied',
  'rejected',
  'reject_code',
  'reject_message',
  'error_code',
  'signatures',
  'timestamp',
  'identity',
  'certificate',
  'tree',
  'subnet_id',
  'root_key',
  'impl_version',
  'replica_health_status',
  'non_replicated_rejection',
  'received',
  'processing',
  'done',
  'low',
  'high',
  'num_canisters',
  'canister_state_bytes',
  'consumed_cycles_total',
  'update_transactions_total',
];

const LENGTH_MAX = 26;
const SLOT_COUNT = 512;

function slotOf(length: number, first: number, last: number, middle: number): number {
  return (length * 7 + first * 61 + last * 17 + middle * 131) & (SLOT_COUNT - 1);
}

/** Buckets of words with the same slot; a bucket has one word nearly always. */
const SLOTS: readonly (readonly string[])[] = (() => {
  const slots: string[][] = Array.from({ length: SLOT_COUNT }, () => []);
  for (const word of WORDS) {
    slots[slotOf(word.length, word.charCodeAt(0), word.charCodeAt(word.length - 1), word.charCodeAt(word.length >> 1))]!.push(word);
  }
  return slots;
})();

/** The protocol word whose ASCII bytes are at `start`, else undefined. */
export function knownWord(bytes: Uint8Array, start: number, length: number): string | undefined {
  if (length < 3 || length > LENGTH_MAX) return undefined;
  const slot = SLOTS[slotOf(length, bytes[start]!, bytes[start + length - 1]!, bytes[start + (length >> 1)]!)]!;
  for (let candidate = 0; candidate < slot.length; candidate++) {
    const word = slot[candidate]!;
    if (word.length !== length) continue;
    let index = 0;
    while (index < length && word.charCodeAt(index) === bytes[start + index]) index++;
    if (index === length) return word;
  }
  return undefined;
}
