/**
 * Stable memory: both interfaces, their bounds, growth up to the limits, and what it costs the host.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PrincipalId } from '@myelin/core/base';
import type { CallResult } from '@myelin/core/execution';
import type { Network } from '@myelin/network';
import fc from 'fast-check';
import { numberOf, openNetwork, textOf } from './universal-network.ts';
import { bytesOf, deployWat, numbers, type Pointer, pointers, WASM_PAGE } from './wat-canister.ts';

const SEED = Number(process.env['MYELIN_SEED'] ?? 20_261_120);
const EMPTY: Uint8Array = new Uint8Array(0);

const PAGE = BigInt(WASM_PAGE);
/** 500 GiB and 4 GiB in pages. */
const PAGES_MAX = 8_192_000n;
const PAGES_MAX_32 = 65_536n;
const MINUS_ONE_64 = (1n << 64n) - 1n;
const MINUS_ONE_32 = (1n << 32n) - 1n;

/** Cycles for 500 GiB during the freezing threshold. */
const RICH = 1_000_000_000_000_000n;

/** A canister that does what its argument says; numbers of 8 bytes each. */
function entries(pointer: Pointer): Record<string, string> {
  const wide: Record<string, string> = {
    'update grow': '(call $answer64 (call $stable64_grow (call $arg64 (P.const 0))))',
    'query growInQuery': '(call $answer64 (call $stable64_grow (call $arg64 (P.const 0))))',
    'query size': '(call $answer64 (call $stable64_size))',
    // offset, source, size
    'update write':
      '(call $stable64_write (call $arg64 (P.const 0)) (call $arg64 (P.const 8)) (call $arg64 (P.const 16))) (call $msg_reply)',
    // destination, offset, size
    'update read': '(call $stable64_read (call $arg64 (P.const 0)) (call $arg64 (P.const 8)) (call $arg64 (P.const 16))) (call $msg_reply)',
    // offset, size: replies with what is there
    'query look': `(call $stable64_read (i64.const 4096) (call $arg64 (P.const 0)) (call $arg64 (P.const 8)))
      (call $msg_reply_data_append (P.const 4096) (call $arg (P.const 8))) (call $msg_reply)`,
    // offset, then bytes: writes them
    'update put': `(local $size P)
      (local.set $size (P.sub (call $msg_arg_data_size) (P.const 8)))
      (call $msg_arg_data_copy (P.const 4096) (P.const 8) (local.get $size))
      (call $stable64_write (call $arg64 (P.const 0)) (i64.const 4096) WIDE) (call $msg_reply)`,
    'update putThenTrap': `(local $size P)
      (local.set $size (P.sub (call $msg_arg_data_size) (P.const 8)))
      (call $msg_arg_data_copy (P.const 4096) (P.const 8) (local.get $size))
      (call $stable64_write (call $arg64 (P.const 0)) (i64.const 4096) WIDE) (unreachable)`,
    'update growHeap': '(call $answer64 (i64.extend_i32_s (memory.grow (call $arg (i32.const 0)))))',
  };
  const narrow: Record<string, string> = {
    'update grow32': '(call $answer64 (i64.extend_i32_u (call $stable_grow (call $arg (i32.const 0)))))',
    'query size32': '(call $answer64 (i64.extend_i32_u (call $stable_size)))',
    'update write32':
      '(call $stable_write (call $arg (i32.const 0)) (call $arg (i32.const 8)) (call $arg (i32.const 16))) (call $msg_reply)',
    'update read32': '(call $stable_read (call $arg (i32.const 0)) (call $arg (i32.const 8)) (call $arg (i32.const 16))) (call $msg_reply)',
  };
  if (pointer === 'i64') delete wide['update growHeap'];
  const size = pointer === 'i64' ? '(local.get $size)' : '(i64.extend_i32_u (local.get $size))';
  const all = Object.entries(pointer === 'i64' ? wide : { ...wide, ...narrow });
  return Object.fromEntries(
    all.map(([name, body]) => [name, body.replaceAll('WIDE', size).replaceAll('P.', `${pointer}.`).replaceAll(' P)', ` ${pointer})`)]),
  );
}

type Stable = {
  readonly id: PrincipalId;
  readonly update: (method: string, ...values: readonly (number | bigint)[]) => Promise<CallResult>;
  readonly query: (method: string, ...values: readonly (number | bigint)[]) => CallResult;
  readonly put: (offset: bigint, bytes: Uint8Array, method?: string) => Promise<CallResult>;
};

async function deployStable(network: Network, pointer: Pointer = 'i32', cycles: bigint = RICH): Promise<Stable> {
  const id = await deployWat(network, { pointer, entries: entries(pointer) }, { cycles });
  return {
    id,
    update: (method, ...values) => network.updateResult(id, method, numbers(...values)),
    query: (method, ...values) => network.queryResult(id, method, numbers(...values)),
    put: (offset, bytes, method = 'put') => network.updateResult(id, method, Uint8Array.from([...numbers(offset), ...bytes])),
  };
}

function border(limit: bigint, ...lengths: readonly bigint[]): fc.Arbitrary<bigint> {
  const marks = [0n, ...lengths, 1n << 31n, 1n << 32n, 1n << 53n, 1n << 63n, limit];
  return fc
    .tuple(fc.constantFrom(...marks), fc.integer({ min: -2, max: 2 }))
    .map(([mark, step]) => (((mark + BigInt(step)) % limit) + limit) % limit);
}

describe('growth of stable memory', () => {
  for (const pointer of pointers) {
    it(`answers the size before, and -1 beyond 500 GiB: ${pointer === 'i32' ? 'wasm32' : 'wasm64'}`, async () => {
      const network = openNetwork();
      const a = await deployStable(network, pointer);
      assert.equal(numberOf(await a.update('grow', 3)), 0n);
      assert.equal(numberOf(await a.update('grow', 0)), 3n);
      assert.equal(numberOf(await a.update('grow', PAGES_MAX - 3n)), 3n);
      assert.equal(numberOf(a.query('size')), PAGES_MAX);
      for (const beyond of [1n, PAGES_MAX, 1n << 32n, 1n << 53n, MINUS_ONE_64])
        assert.equal(numberOf(await a.update('grow', beyond)), MINUS_ONE_64);
      assert.equal(numberOf(a.query('size')), PAGES_MAX);
    });
  }

  it('stops at 4 GiB for the interface of 32 bits, which traps beyond', async () => {
    const network = openNetwork();
    const a = await deployStable(network);
    assert.equal(numberOf(await a.update('grow32', 2)), 0n);
    for (const beyond of [PAGES_MAX_32 - 1n, PAGES_MAX_32, MINUS_ONE_32])
      assert.equal(numberOf(await a.update('grow32', beyond)), MINUS_ONE_32);
    assert.equal(numberOf(await a.update('grow32', PAGES_MAX_32 - 2n)), 2n);
    assert.equal(numberOf(a.query('size32')), PAGES_MAX_32);
    assert.equal(numberOf(await a.update('grow32', 0)), PAGES_MAX_32);
    assert.equal(textOf(await a.update('write32', MINUS_ONE_32, 0, 1)), '', 'the last byte of 4 GiB');
    assert.equal(numberOf(await a.update('grow', 1)), PAGES_MAX_32);
    const tooBig = /502: .*32 bit stable memory api used on a memory larger than 4GB/;
    assert.match(textOf(a.query('size32')), tooBig);
    assert.match(textOf(await a.update('grow32', 0)), tooBig);
    assert.match(textOf(await a.update('write32', 0, 0, 0)), tooBig);
    assert.match(textOf(await a.update('read32', 0, 0, 0)), tooBig);
    assert.equal(numberOf(a.query('size')), PAGES_MAX_32 + 1n);
  });

  it('by 100 GiB costs the host nothing, and holds what is written at its end', async () => {
    const network = openNetwork();
    const a = await deployStable(network);
    const before = process.memoryUsage();
    const pages = (100n << 30n) / PAGE;
    assert.equal(numberOf(await a.update('grow', pages)), 0n);
    const end = (100n << 30n) - 5n;
    await a.put(end, Uint8Array.of(1, 2, 3, 4, 5));
    assert.deepEqual([...bytesOf(a.query('look', end - 3n, 8))], [0, 0, 0, 1, 2, 3, 4, 5]);
    assert.match(textOf(a.query('look', end, 6)), /502: .*stable memory out of bounds/);
    const after = process.memoryUsage();
    assert.ok(after.rss - before.rss < 100 * 1024 * 1024, `${after.rss - before.rss} bytes more`);
    assert.equal(network.canister(a.id)?.stable.size, 1, 'one page of 4 KiB is stored');
    const fork = network.fork();
    assert.deepEqual([...fork.query(a.id, 'look', numbers(end, 5))], [1, 2, 3, 4, 5]);
  });

  it('is -1 when the subnet has no room left, while a heap that grows traps', async () => {
    const network = openNetwork();
    const first = await deployStable(network);
    const second = await deployStable(network);
    assert.equal(numberOf(await first.update('grow', PAGES_MAX)), 0n);
    assert.equal(numberOf(await second.update('grow', PAGES_MAX)), MINUS_ONE_64);
    const left = ((750n << 30n) - network.state.memoryBytes - network.state.reservedMemoryBytes) / PAGE;
    assert.equal(numberOf(await second.update('grow', left + 1n)), MINUS_ONE_64);
    assert.equal(numberOf(await second.update('grow', left - 1n)), 0n);
    assert.match(textOf(await second.update('growHeap', 10)), /507: .*cannot grow its memory usage/);
    assert.equal(numberOf(await second.update('grow', 0)), left - 1n);
  });

  it('traps when the canister could not pay for the freezing period', async () => {
    const network = openNetwork();
    const a = await deployStable(network, 'i32', 3_000_000_000_000n);
    assert.match(textOf(await a.update('grow', 1_000_000)), /532: .*cannot grow memory by 65536000000 bytes due to insufficient cycles/);
    assert.equal(numberOf(a.query('size')), 0n);
  });

  it('in a query is gone after it', async () => {
    const network = openNetwork();
    const a = await deployStable(network);
    assert.equal(numberOf(a.query('growInQuery', 7)), 0n);
    assert.equal(numberOf(a.query('growInQuery', 7)), 0n);
    assert.equal(
      numberOf(await network.updateResult(a.id, 'growInQuery', numbers(7))),
      0n,
      'nor does a query that is called as an update keep it',
    );
    assert.equal(numberOf(a.query('size')), 0n);
  });
});

/**
 * What is wrong with a copy between heap and stable memory of the given sizes in bytes. A copy of nothing is looked at less closely than the
 * specification says, as on the public network: 64 bits check nothing then, 32 bits the stable memory alone.
 */
function outside(stable: bigint, heap: bigint, offset: bigint, address: bigint, size: bigint, checksEmpty: boolean): RegExp | undefined {
  if (size === 0n && !checksEmpty) return undefined;
  // The price of the bytes alone is beyond what an update may use.
  if (size > 40_000_000_000n) return /522: /;
  if (offset + size > stable) return /502: .*stable memory out of bounds/;
  return size > 0n && address + size > heap ? /502: .*heap out of bounds/ : undefined;
}

describe('bounds of stable memory', () => {
  for (const pointer of pointers) {
    const forms = pointer === 'i64' ? ['wide'] : ['wide', 'narrow'];
    for (const form of forms) {
      it(`${form === 'wide' ? '64 bits' : '32 bits'} in ${pointer === 'i32' ? 'wasm32' : 'wasm64'}: reads and writes inside, traps outside`, async (context) => {
        context.diagnostic(`MYELIN_SEED=${SEED}`);
        const network = openNetwork({ checkInvariants: false });
        const a = await deployStable(network, pointer);
        await a.update('grow', 2);
        const limit = form === 'wide' ? 1n << 64n : 1n << 32n;
        const suffix = form === 'wide' ? '' : '32';
        const any = border(limit, PAGE, 2n * PAGE, 100n);
        await fc.assert(
          fc.asyncProperty(fc.boolean(), any, any, any, async (writes, offset, address, size) => {
            const result = writes
              ? await a.update(`write${suffix}`, offset, address, size)
              : await a.update(`read${suffix}`, address, offset, size);
            const expected = outside(2n * PAGE, PAGE, offset, address, size, form === 'narrow');
            if (expected === undefined) assert.equal(result.kind, 'reply', textOf(result));
            else assert.match(textOf(result), expected);
          }),
          { seed: SEED, numRuns: 120 },
        );
      });
    }
  }
});

describe('contents of stable memory', () => {
  it('are what was written last, over messages, traps and forks', async (context) => {
    context.diagnostic(`MYELIN_SEED=${SEED}`);
    const size = 4 * WASM_PAGE;
    const place = fc.oneof(
      fc.nat(size),
      fc.nat(63).map((page) => page * 4_096 - 3 + (page === 0 ? 3 : 0)),
    );
    const write = fc.record({ offset: place, bytes: fc.uint8Array({ minLength: 1, maxLength: 9_000 }), fails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 12 }), place, fc.nat(20_000), async (writes, from, length) => {
        let network = openNetwork({ checkInvariants: false });
        const a = await deployStable(network);
        await a.update('grow', 4);
        const model = new Uint8Array(size);
        for (const [index, { offset, bytes, fails }] of writes.entries()) {
          const fits = offset + bytes.length <= size;
          const method = fails ? 'putThenTrap' : 'put';
          const result = await network.updateResult(a.id, method, Uint8Array.from([...numbers(offset), ...bytes]));
          assert.equal(result.kind, fits && !fails ? 'reply' : 'reject');
          if (fits && !fails) model.set(bytes, offset);
          if (index % 4 === 3) network = network.fork();
        }
        const end = Math.min(from + length, size);
        assert.deepEqual(network.query(a.id, 'look', numbers(from, end - from)), model.slice(from, end));
      }),
      { seed: SEED, numRuns: 25 },
    );
  });

  it('limit how much one message may change: 2 GiB, and 1 GiB in a query, replicated or not', async () => {
    const network = openNetwork();
    // One byte in each of 524,289 pages of 4 KiB: 2 GiB and one page.
    const body = (count: number): string => `(local $n i64)
      (drop (call $stable64_grow (i64.const 32769)))
      (local.set $n (i64.const ${count}))
      (loop
        (local.set $n (i64.sub (local.get $n) (i64.const 1)))
        (call $stable64_write (i64.mul (local.get $n) (i64.const 4096)) (i64.const 0) (i64.const 1))
        (br_if 0 (i64.ne (local.get $n) (i64.const 0))))
      (call $msg_reply)`;
    const entries = { 'update over': body(524_289), 'query overInQuery': body(262_145) };
    const id = await deployWat(network, { entries }, { cycles: RICH });
    const result = await network.updateResult(id, 'over', EMPTY);
    assert.match(textOf(result), /524: .*exceeded memory access limits: .*limit: 524288 pages/);
    assert.equal(network.canister(id)?.stablePages, 0);
    assert.match(textOf(network.queryResult(id, 'overInQuery', EMPTY)), /524: .*limit: 262144 pages/);
    assert.match(textOf(await network.updateResult(id, 'overInQuery', EMPTY)), /524: .*limit: 262144 pages/);
  });
});
