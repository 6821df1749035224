/**
 * A WebAssembly module that computes SHA-256, written out instruction by instruction.
 *
 * Two versions of the compression function: one block in i32, and four independent blocks at once in the lanes of i32x4. The second
 * one serves the forks of hash trees, which come in great numbers and equal length. The bytes are made when the module is loaded
 * (some milliseconds), so there is no binary to trust or to rebuild.
 *
 * Source: FIPS 180-4, 6.2; WebAssembly core specification 2.0, chapter 5 (binary format).
 * @module
 */

/** Most forks of a hash tree per call of `forks`. */
export const SHA256_FORKS_MAX = 512;

/** Most bytes of message per call of `blocks`. */
export const SHA256_DATA_BYTES = 65_536;

/** Addresses in the memory of the module, in bytes. */
export const SHA256_LAYOUT: Readonly<
  Record<'state' | 'block' | 'state4' | 'block4' | 'constants' | 'constants4' | 'forkInput' | 'forkOutput' | 'data', number>
> = {
  /** Chaining value: 8 words. */
  state: 0,
  /** One block as words: 16. */
  block: 64,
  /** Chaining values of four lanes: 8 vectors. */
  state4: 128,
  /** Blocks of four lanes: 16 vectors. */
  block4: 256,
  /** Round constants: 64 words. */
  constants: 512,
  /** Round constants, each four times: 64 vectors. */
  constants4: 1024,
  /** 16 words per fork. */
  forkInput: 4096,
  /** 8 words per fork. */
  forkOutput: 4096 + 64 * SHA256_FORKS_MAX,
  /** Message bytes; overwritten. */
  data: 65_536,
};

const MEMORY_PAGES = 2;

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const ROUND_CONSTANTS: readonly number[] = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
  0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
  0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
  0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
  0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
  0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

/** Initial chaining value of SHA-256: the same of the square roots of the first 8 primes. */
export const SHA256_INITIAL: readonly number[] = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/** The byte 16, `ic-hashtree-fork`: four words and one byte. */
const FORK_PREFIX: readonly number[] = [0x1069632d, 0x68617368, 0x74726565, 0x2d666f72, 0x6b];

const FORK_MESSAGE_BITS = 8 * (17 + 64);

/** Bytes, in nested lists that `flatten` makes into one. */
type Code = Uint8Array<ArrayBuffer> | readonly (number | Code)[];

const I32 = 0x7f;
const V128 = 0x7b;
const END = 0x0b;

function uleb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

function sleb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 127;
    rest >>= 7;
    if ((rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0)) return [...bytes, low];
    bytes.push(low | 128);
  }
}

function sizeOf(code: Code): number {
  if (code instanceof Uint8Array) return code.length;
  let size = 0;
  for (const item of code) size += typeof item === 'number' ? 1 : sizeOf(item);
  return size;
}

/** Writes `code` into `bytes` from `offset` on; returns where it ends. */
function write(code: Code, bytes: Uint8Array, offset: number): number {
  if (code instanceof Uint8Array) {
    bytes.set(code, offset);
    return offset + code.length;
  }
  let end = offset;
  for (const item of code) {
    if (typeof item === 'number') bytes[end++] = item;
    else end = write(item, bytes, end);
  }
  return end;
}

function flatten(code: Code): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeOf(code));
  write(code, bytes, 0);
  return bytes;
}

const get = (local: number): Code => [0x20, uleb(local)];
const set = (local: number): Code => [0x21, uleb(local)];
const tee = (local: number): Code => [0x22, uleb(local)];
const constant = (value: number): Code => [0x41, sleb(value)];
const call = (index: number): Code => [0x10, uleb(index)];

const I32_ADD = 0x6a;
const I32_SUB = 0x6b;
const I32_MUL = 0x6c;
const I32_AND = 0x71;
const I32_OR = 0x72;
const I32_XOR = 0x73;
const I32_SHL = 0x74;
const I32_SHR_U = 0x76;
const I32_ROTR = 0x78;
const I32_EQ = 0x46;
const I32_LT_U = 0x49;
const load = (offset: number): Code => [0x28, 2, uleb(offset)];
const store = (offset: number): Code => [0x36, 2, uleb(offset)];

const vector = (opcode: number): Code => [0xfd, uleb(opcode)];
const vectorLoad = (offset: number): Code => [vector(0), 4, uleb(offset)];
const vectorStore = (offset: number): Code => [vector(11), 4, uleb(offset)];
const laneLoad = (offset: number, lane: number): Code => [vector(86), 2, uleb(offset), lane];
const laneStore = (offset: number, lane: number): Code => [vector(90), 2, uleb(offset), lane];
const VECTOR_SPLAT = vector(17);
const VECTOR_SHUFFLE = vector(13);

/** The instructions of one width: a word, or four of them. */
type Lanes = {
  readonly type: number;
  readonly bytes: number;
  readonly add: Code;
  readonly and: Code;
  readonly xor: Code;
  /** Pushes the local rotated to the right. */
  readonly rotated: (local: number, bits: number) => Code;
  /** Pushes the local shifted to the right. */
  readonly shifted: (local: number, bits: number) => Code;
  /** Address of the round constants. */
  readonly constants: number;
  /** Pops an address and pushes what lies `offset` behind it. */
  readonly load: (offset: number) => Code;
  /** Pops the value under a zero address that was pushed before it. */
  readonly store: (address: number) => Code;
};

const WORD: Lanes = {
  type: I32,
  bytes: 4,
  add: [I32_ADD],
  and: [I32_AND],
  xor: [I32_XOR],
  rotated: (local, bits) => [get(local), constant(bits), I32_ROTR],
  shifted: (local, bits) => [get(local), constant(bits), I32_SHR_U],
  constants: SHA256_LAYOUT.constants,
  load,
  store,
};

const FOUR_WORDS: Lanes = {
  type: V128,
  bytes: 16,
  add: vector(174),
  and: vector(78),
  xor: vector(81),
  rotated: (local, bits) => [get(local), constant(bits), vector(173), get(local), constant(32 - bits), vector(171), vector(80)],
  shifted: (local, bits) => [get(local), constant(bits), vector(173)],
  constants: SHA256_LAYOUT.constants4,
  load: vectorLoad,
  store: vectorStore,
};

/** Locals of a compression function: 16 words of the schedule, then the 8 working variables, then two for the majority. */
const VARIABLES = 16;
const PAIRS = 24;
const COMPRESS_LOCALS = 26;
/** Where the constants of the running 16 rounds are, relative to the first ones. */
const CONSTANTS_AT = 26;

/** Word `round` of the schedule replaces the one that is 16 rounds older. */
function scheduleStep(lanes: Lanes, round: number): Code {
  const word = (distance: number): number => (round + distance) & 15;
  const { add, xor, rotated, shifted } = lanes;
  const small = (local: number, a: number, b: number, shift: number): Code => [
    rotated(local, a),
    rotated(local, b),
    xor,
    shifted(local, shift),
    xor,
  ];
  return [get(word(0)), get(word(9)), add, small(word(1), 7, 18, 3), add, small(word(14), 17, 19, 10), add, set(word(0))];
}

/**
 * One round. The working variables stay in place; their names move on by one per round. maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)), and
 * b ^ c is what a ^ b was one round ago.
 */
function roundStep(lanes: Lanes, round: number): Code {
  const variable = (name: number): number => VARIABLES + ((name - round) & 7);
  const [a, b, d, e, f, g, h] = [variable(0), variable(1), variable(3), variable(4), variable(5), variable(6), variable(7)];
  const { add, and, xor, rotated } = lanes;
  const big = (local: number, x: number, y: number, z: number): Code => [rotated(local, x), rotated(local, y), xor, rotated(local, z), xor];
  const pair = PAIRS + (round & 1);
  const pairBefore = PAIRS + ((round + 1) & 1);
  return [
    get(h),
    get(round & 15),
    add,
    get(CONSTANTS_AT),
    lanes.load(lanes.constants + lanes.bytes * round),
    add,
    get(f),
    get(g),
    xor,
    get(e),
    and,
    get(g),
    xor,
    add,
    big(e, 6, 11, 25),
    add,
    tee(h),
    get(d),
    add,
    set(d),
    get(h),
    big(a, 2, 13, 22),
    add,
    get(a),
    get(b),
    xor,
    tee(pair),
    get(pairBefore),
    and,
    get(b),
    xor,
    add,
    set(h),
  ];
}

/** `() -> ()`: mixes the block at `block` into the chaining value at `state`. */
function compressBody(lanes: Lanes, state: number, block: number): Code {
  const from = (address: number): Code => [constant(0), lanes.load(address)];
  const code: (number | Code)[] = [2, uleb(COMPRESS_LOCALS), lanes.type, 1, I32];
  for (let index = 0; index < 16; index++) code.push(from(block + lanes.bytes * index), set(index));
  for (let index = 0; index < 8; index++) code.push(from(state + lanes.bytes * index), set(VARIABLES + index));
  code.push(get(VARIABLES + 1), get(VARIABLES + 2), lanes.xor, set(PAIRS + 1));
  for (let round = 0; round < 16; round++) code.push(roundStep(lanes, round));
  code.push(0x03, 0x40, get(CONSTANTS_AT), constant(16 * lanes.bytes), I32_ADD, set(CONSTANTS_AT));
  for (let round = 0; round < 16; round++) code.push(scheduleStep(lanes, round), roundStep(lanes, round));
  code.push(get(CONSTANTS_AT), constant(48 * lanes.bytes), I32_LT_U, 0x0d, 0, END);
  for (let index = 0; index < 8; index++) {
    const address = state + lanes.bytes * index;
    code.push(constant(0), from(address), get(VARIABLES + index), lanes.add, lanes.store(address));
  }
  return [code, END];
}

const COMPRESS = 0;
const COMPRESS_FOUR = 1;

/** `(address, count) -> ()`: mixes `count` blocks of 64 bytes into the state. */
function blocksBody(): Code {
  const reverse = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];
  const code: (number | Code)[] = [0, 0x02, 0x40, 0x03, 0x40];
  code.push(get(1), 0x45, 0x0d, 1);
  for (let at = 0; at < 64; at += 16) {
    code.push(constant(0), get(0), vectorLoad(at), get(0), vectorLoad(at), VECTOR_SHUFFLE, reverse);
    code.push(vectorStore(SHA256_LAYOUT.block + at));
  }
  code.push(call(COMPRESS));
  code.push(get(0), constant(64), I32_ADD, set(0), get(1), constant(1), I32_SUB, set(1), 0x0c, 0);
  return [code, END, END, END];
}

/** How the forks of one width are read, shifted and written. */
type ForkLanes = {
  readonly lanes: Lanes;
  readonly state: number;
  readonly block: number;
  readonly compress: number;
  /** Pushes a constant in every lane. */
  readonly constant: (value: number) => Code;
  /** Pushes word `index` of the forks at the address in local 2. */
  readonly word: (index: number) => Code;
  readonly shiftLeft: Code;
  readonly shiftRight: Code;
  readonly or: Code;
  /** Writes word `index` of the state to the address in local 3. */
  readonly result: (index: number) => Code;
};

const ONE_FORK: ForkLanes = {
  lanes: WORD,
  state: SHA256_LAYOUT.state,
  block: SHA256_LAYOUT.block,
  compress: COMPRESS,
  constant,
  word: (index) => [get(2), load(4 * index)],
  shiftLeft: [I32_SHL],
  shiftRight: [I32_SHR_U],
  or: [I32_OR],
  result: (index) => [get(3), constant(0), load(SHA256_LAYOUT.state + 4 * index), store(4 * index)],
};

const FOUR_FORKS: ForkLanes = {
  lanes: FOUR_WORDS,
  state: SHA256_LAYOUT.state4,
  block: SHA256_LAYOUT.block4,
  compress: COMPRESS_FOUR,
  constant: (value) => [constant(value), VECTOR_SPLAT],
  word: (index) => {
    const code: (number | Code)[] = [constant(0), VECTOR_SPLAT, set(4)];
    for (let lane = 0; lane < 4; lane++) code.push(get(2), get(4), laneLoad(64 * lane + 4 * index, lane), set(4));
    return [code, get(4)];
  },
  shiftLeft: vector(171),
  shiftRight: vector(173),
  or: vector(80),
  result: (index) => {
    const code: (number | Code)[] = [constant(0), vectorLoad(SHA256_LAYOUT.state4 + 16 * index), set(4)];
    for (let lane = 0; lane < 4; lane++) code.push(get(3), get(4), laneStore(32 * lane + 4 * index, lane));
    return code;
  },
};

/**
 * Hashes the forks at the address in local 2 into the address in local 3. The message is 81 bytes long: 17 of prefix, so the words of
 * the two hashes lie one byte off, then the end mark and the length in bits. `carry` is the local for the word before.
 */
function hashForks(forks: ForkLanes, carry: number): Code {
  const { lanes } = forks;
  const code: (number | Code)[] = [];
  const put = (word: number, value: Code): void => void code.push(constant(0), value, lanes.store(forks.block + lanes.bytes * word));
  const joined = (index: number): Code => [
    get(carry),
    constant(24),
    forks.shiftLeft,
    forks.word(index),
    tee(carry),
    constant(8),
    forks.shiftRight,
    forks.or,
  ];
  for (let index = 0; index < 8; index++) {
    code.push(constant(0), forks.constant(SHA256_INITIAL[index]!), lanes.store(forks.state + lanes.bytes * index));
  }
  for (let word = 0; word < 4; word++) put(word, forks.constant(FORK_PREFIX[word]!));
  code.push(forks.constant(FORK_PREFIX[4]!), set(carry));
  for (let word = 4; word < 16; word++) put(word, joined(word - 4));
  code.push(call(forks.compress));
  for (let word = 0; word < 4; word++) put(word, joined(word + 12));
  put(4, [get(carry), constant(24), forks.shiftLeft, forks.constant(0x0080_0000), forks.or]);
  for (let word = 5; word < 15; word++) put(word, forks.constant(0));
  put(15, forks.constant(FORK_MESSAGE_BITS));
  code.push(call(forks.compress));
  for (let index = 0; index < 8; index++) code.push(forks.result(index));
  return code;
}

/**
 * `(count) -> ()`: hashes that many forks. Locals: 0 count, 1 forks done, 2 and 3 addresses, 4 and 5 vectors, 6 a word. Groups of four
 * go through the lanes, also the last one when it is not full; a single fork is faster alone.
 */
function forksBody(): Code {
  const { forkInput, forkOutput } = SHA256_LAYOUT;
  return [
    [3, 3, I32, 2, V128, 1, I32],
    [0x02, 0x40, 0x03, 0x40],
    [get(1), get(0), I32_LT_U, 0x45, 0x0d, 1],
    [get(1), constant(64), I32_MUL, constant(forkInput), I32_ADD, set(2)],
    [get(1), constant(32), I32_MUL, constant(forkOutput), I32_ADD, set(3)],
    [get(0), get(1), I32_SUB, constant(1), I32_EQ, 0x04, 0x40],
    hashForks(ONE_FORK, 6),
    0x05,
    hashForks(FOUR_FORKS, 5),
    END,
    [get(1), constant(4), I32_ADD, set(1), 0x0c, 0],
    [END, END, END],
  ];
}

/** `content` after its length in bytes. */
function sized(content: Code): Code {
  const bytes = flatten(content);
  return [uleb(bytes.length), bytes];
}

function section(id: number, content: Code): Code {
  return [id, sized(content)];
}

function named(name: string, kind: number, index: number): Code {
  return [name.length, Array.from(name, (char) => char.charCodeAt(0)), kind, uleb(index)];
}

/** The round constants in memory order, each `times` times. */
function constantBytes(times: number): number[] {
  const bytes: number[] = [];
  for (const word of ROUND_CONSTANTS) {
    for (let time = 0; time < times; time++) bytes.push(word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24);
  }
  return bytes;
}

function dataSegment(address: number, bytes: Code): Code {
  return [0, constant(address), END, sized(bytes)];
}

/** The module: exports `memory`, `blocks(address, count)` and `forks(count)`; no imports. */
export function createSha256Module(): Uint8Array<ArrayBuffer> {
  const bodies = [
    compressBody(WORD, SHA256_LAYOUT.state, SHA256_LAYOUT.block),
    compressBody(FOUR_WORDS, SHA256_LAYOUT.state4, SHA256_LAYOUT.block4),
    blocksBody(),
    forksBody(),
  ];
  const { constants, constants4 } = SHA256_LAYOUT;
  const module: Code = [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, [3, 0x60, 0, 0, 0x60, 2, I32, I32, 0, 0x60, 1, I32, 0]),
    section(3, [4, 0, 0, 1, 2]),
    section(5, [1, 1, MEMORY_PAGES, MEMORY_PAGES]),
    section(7, [3, named('memory', 2, 0), named('blocks', 0, 2), named('forks', 0, 3)]),
    section(10, [bodies.length, bodies.map((body) => sized(body))]),
    section(11, [2, dataSegment(constants, constantBytes(1)), dataSegment(constants4, constantBytes(4))]),
  ];
  return flatten(module);
}
