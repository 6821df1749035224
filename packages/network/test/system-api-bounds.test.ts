/**
 * Addresses, offsets and sizes that canisters hand to the System API: everything that lies inside is copied byte for byte, everything else
 * traps, for both widths of addresses and up to their last number.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PrincipalId, principalFromBytes, principalToBytes, utf8 } from '@myelin/core/base';
import type { CallResult } from '@myelin/core/execution';
import type { Network } from '@myelin/network';
import fc from 'fast-check';
import { openNetwork, textOf } from './universal-network.ts';
import { deployWat, numbers, type Pointer, pointers, WASM_PAGE } from './wat-canister.ts';

const SEED = Number(process.env['MYELIN_SEED'] ?? 20_261_120);
const RUNS = Number(process.env['MYELIN_RUNS'] ?? 120);

/** Instructions that one update may use: the price of copying so many bytes is beyond it. */
const UPDATE_INSTRUCTIONS = 40_000_000_000n;

const SENDER: PrincipalId = principalFromBytes(Uint8Array.from({ length: 29 }, (_, index) => (index === 28 ? 2 : index)));
/** 'NAME', as it is stored at address 8 before each call. */
const NAME_WORD = 0x454d414e;
const VALUE = 'the value of a variable';

type Width = { readonly pointer: Pointer; readonly limit: bigint };

function widthOf(pointer: Pointer): Width {
  return { pointer, limit: pointer === 'i32' ? 1n << 32n : 1n << 64n };
}

/** Numbers around everything that could be a border. */
function border({ limit }: Width, length: bigint): fc.Arbitrary<bigint> {
  const memory = BigInt(WASM_PAGE);
  const marks = [0n, length, memory, memory - length, 1n << 31n, 1n << 32n, 1n << 53n, 1n << 63n, limit - length, limit];
  const near = fc
    .tuple(fc.constantFrom(...marks), fc.integer({ min: -2, max: 2 }))
    .map(([mark, step]) => (((mark + BigInt(step)) % limit) + limit) % limit);
  return fc.oneof({ weight: 3, arbitrary: fc.bigInt({ min: 0n, max: length + 1n }) }, { weight: 2, arbitrary: near });
}

/** What a function copies from, in an update method, and how it is called with `$dst`, `$offset` and `$size`. */
type Source = {
  readonly name: string;
  readonly prefix?: string;
  readonly bytes: (network: Network, canister: PrincipalId, arg: Uint8Array) => Uint8Array;
};

const sources: readonly Source[] = [
  { name: 'msg_arg_data_copy', bytes: (_network, _canister, arg) => arg },
  { name: 'msg_caller_copy', bytes: () => principalToBytes(SENDER) },
  { name: 'canister_self_copy', bytes: (_network, canister) => principalToBytes(canister) },
  { name: 'subnet_self_copy', bytes: (network) => principalToBytes(network.subnetId) },
  { name: 'root_key_copy', bytes: (network) => network.rootKeyDer },
  { name: 'env_var_name_copy', prefix: '(P.const 0)', bytes: () => utf8('NAME') },
  { name: 'env_var_value_copy', prefix: '(P.const 8) (P.const 4)', bytes: () => utf8(VALUE) },
];

/** Reads destination, offset and size from the argument, copies, and replies with what is there then. */
function copyEntry({ name, prefix = '' }: Source, pointer: Pointer): string {
  const text = `(local $dst P) (local $offset P) (local $size P)
    (local.set $dst (call $arg (P.const 0))) (local.set $offset (call $arg (P.const 8))) (local.set $size (call $arg (P.const 16)))
    (i32.store (P.const 8) (i32.const ${NAME_WORD}))
    (call $${name} ${prefix} ORDER)
    (call $msg_reply_data_append (local.get $dst) (local.get $size)) (call $msg_reply)`;
  return text.replaceAll('ORDER', '(local.get $dst) (local.get $offset) (local.get $size)').replaceAll('P', pointer);
}

type CopyCase = { readonly source: Source; readonly length: bigint; readonly dst: bigint; readonly offset: bigint; readonly size: bigint };

/** What has to come of a copy. */
function expectedCopy({ length, dst, offset, size }: CopyCase): RegExp | undefined {
  if (size > UPDATE_INSTRUCTIONS) return /522: .*exceeded the limit of 40000000000 instructions/;
  if (offset + size > length) return /504: .*exceeds the \d+ bytes/;
  return dst + size > BigInt(WASM_PAGE) ? /502: .*heap out of bounds/ : undefined;
}

/** A function that reads `$src` and `$size`, the text around its call, and what it costs per byte and takes at most. */
type Reader = { readonly name: string; readonly call: string; readonly perByte: bigint; readonly most?: bigint; readonly never?: true };

const readers: readonly Reader[] = [
  { name: 'msg_reply_data_append', call: '(call $msg_reply_data_append ARGS)', perByte: 50n },
  { name: 'certified_data_set', call: '(call $certified_data_set ARGS)', perByte: 1n, most: 32n },
  { name: 'is_controller', call: '(drop (call $is_controller ARGS))', perByte: 1n, most: 29n },
  { name: 'cost_sign_with_ecdsa', call: '(drop (call $cost_sign_with_ecdsa ARGS (i32.const 0) (P.const 2048)))', perByte: 1n },
  { name: 'env_var_name_exists', call: '(drop (call $env_var_name_exists ARGS))', perByte: 0n, most: 128n },
  {
    name: 'call_data_append',
    call: '(call $call_new (P.const 0) (P.const 0) (P.const 0) (P.const 0) (P.const 0) (P.const 0) (P.const 0) (P.const 0)) (call $call_data_append ARGS)',
    perByte: 50n,
  },
  { name: 'debug_print', call: '(call $debug_print ARGS)', perByte: 0n, never: true },
];

/** Reads source and size from the argument and calls the function. */
function readEntry({ call }: Reader, pointer: Pointer): string {
  const text = `(local $src P) (local $size P)
    (local.set $src (call $arg (P.const 0))) (local.set $size (call $arg (P.const 8)))
    ${call} (call $msg_reply)`;
  return text.replaceAll('ARGS', '(local.get $src) (local.get $size)').replaceAll('P', pointer);
}

function expectedRead({ perByte, most, never }: Reader, source: bigint, size: bigint): RegExp | undefined {
  if (never === true) return undefined;
  if (perByte * size > UPDATE_INSTRUCTIONS) return /522: .*exceeded the limit of 40000000000 instructions/;
  if (most !== undefined && size > most) return /504: .*at most|504: .*have at most/;
  return source + size > BigInt(WASM_PAGE) ? /502: .*heap out of bounds/ : undefined;
}

function check(result: CallResult, expected: RegExp | undefined, bytes: () => Uint8Array): void {
  if (expected !== undefined) assert.match(textOf(result), expected);
  else assert.deepEqual(result, { kind: 'reply', data: bytes() });
}

for (const pointer of pointers) {
  const width = widthOf(pointer);
  describe(`bounds of the System API, ${pointer === 'i32' ? 'wasm32' : 'wasm64'}`, () => {
    it('copies to the canister what lies inside both sides, and traps for the rest', async (context) => {
      context.diagnostic(`MYELIN_SEED=${SEED}`);
      const network = openNetwork({ checkInvariants: false });
      const entries = Object.fromEntries(sources.map((source) => [`update ${source.name}`, copyEntry(source, pointer)]));
      const settings = { environment_variables: [[{ name: 'NAME', value: VALUE }]] as [{ name: string; value: string }[]] };
      const id = await deployWat(network, { pointer, entries }, { settings });
      const pad = new Uint8Array(16).fill(0xa5);
      const argumentOf = ({ dst, offset, size }: Omit<CopyCase, 'source' | 'length'>): Uint8Array =>
        Uint8Array.from([...numbers(dst, offset, size), ...pad]);
      const cases = fc.constantFrom(...sources).chain((source) => {
        const length = BigInt(source.bytes(network, id, argumentOf({ dst: 0n, offset: 0n, size: 0n })).length);
        return fc.record({
          source: fc.constant(source),
          length: fc.constant(length),
          dst: border(width, length),
          offset: border(width, length),
          size: border(width, length),
        });
      });
      await fc.assert(
        fc.asyncProperty(cases, async (each) => {
          const arg = argumentOf(each);
          const result = await network.updateResult(id, each.source.name, arg, { sender: SENDER });
          const { offset, size } = each;
          check(result, expectedCopy(each), () => each.source.bytes(network, id, arg).slice(Number(offset), Number(offset + size)));
        }),
        { seed: SEED, numRuns: RUNS },
      );
    });

    it('copies from the canister what lies inside its memory, and traps for the rest', async () => {
      const network = openNetwork({ checkInvariants: false });
      const entries = Object.fromEntries(readers.map((reader) => [`update ${reader.name}`, readEntry(reader, pointer)]));
      const id = await deployWat(network, { pointer, entries });
      const cases = fc.record({ reader: fc.constantFrom(...readers), source: border(width, 32n), size: border(width, 32n) });
      await fc.assert(
        fc.asyncProperty(cases, async ({ reader, source, size }) => {
          const result = await network.updateResult(id, reader.name, numbers(source, size));
          const expected = expectedRead(reader, source, size);
          if (expected === undefined) assert.equal(result.kind, 'reply', textOf(result));
          else assert.match(textOf(result), expected);
        }),
        { seed: SEED, numRuns: RUNS },
      );
    });

    it('replies with exactly the bytes that were appended', async () => {
      const network = openNetwork({ checkInvariants: false });
      const body = `(local $at P)
        (loop (i32.store8 (local.get $at) (i32.wrap_i64 (i64.mul (i64.const 7) WIDE)))
          (local.set $at (P.add (local.get $at) (P.const 1)))
          (br_if 0 (P.lt_u (local.get $at) (P.const 512))))
        (call $msg_reply_data_append (call $arg (P.const 0)) (call $arg (P.const 8)))
        (call $msg_reply_data_append (call $arg (P.const 16)) (call $arg (P.const 24)))
        (call $msg_reply)`;
      const wide = pointer === 'i64' ? '(local.get $at)' : '(i64.extend_i32_u (local.get $at))';
      const id = await deployWat(network, { pointer, entries: { 'query run': body.replaceAll('WIDE', wide).replaceAll('P', pointer) } });
      const memory = Uint8Array.from({ length: 512 }, (_, index) => (index * 7) & 255);
      const piece = fc.nat(512).chain((start) => fc.tuple(fc.constant(start), fc.nat(512 - start)));
      fc.assert(
        fc.property(piece, piece, ([a, sizeA], [b, sizeB]) => {
          const data = network.query(id, 'run', numbers(a, sizeA, b, sizeB));
          assert.deepEqual([...data], [...memory.subarray(a, a + sizeA), ...memory.subarray(b, b + sizeB)]);
        }),
        { seed: SEED, numRuns: RUNS },
      );
    });
  });
}
