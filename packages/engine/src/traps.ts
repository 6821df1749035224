/**
 * What V8's traps mean. The texts are V8's and may change with its version, so they are learnt when the engine starts, by running tiny
 * modules that trap; a text that was not learnt stops the node instead of entering the state.
 * @module
 */
import { IcError } from '@myelin/core/base';
import type { WasmTrapKind } from '@myelin/core/execution';

/** V8 has one text for a call of a null entry and of a function of another type; the table tells which it was. */
export type EngineTrap = WasmTrapKind | 'null-or-mismatch';

const I32 = 0x7f;

/** Bodies of type `() -> ()` that trap; memory of one page, a table of two entries, the first a function of type `(i32) -> ()`. */
const trapping: readonly (readonly [EngineTrap, readonly number[]])[] = [
  ['unreachable', [0x00]],
  ['heap-out-of-bounds', [0x41, 0x7f, 0x28, 2, 0, 0x1a]],
  ['heap-out-of-bounds', [0x41, 0x7f, 0x41, 0, 0x41, 9, 0xfc, 0x0b, 0]],
  ['heap-out-of-bounds', [0x41, 0, 0x41, 0, 0x41, 9, 0xfc, 0x08, 0, 0]],
  ['table-out-of-bounds', [0x41, 9, 0x25, 0, 0x1a]],
  ['table-out-of-bounds', [0x41, 9, 0x11, 0, 0]],
  ['null-or-mismatch', [0x41, 1, 0x11, 0, 0]],
  ['null-or-mismatch', [0x41, 0, 0x11, 0, 0]],
  ['integer-overflow', [0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x41, 0x7f, 0x6d, 0x1a]],
  ['integer-divide-by-zero', [0x41, 1, 0x41, 0, 0x6d, 0x1a]],
  ['integer-divide-by-zero', [0x41, 1, 0x41, 0, 0x6f, 0x1a]],
  ['invalid-conversion', [0x43, 0, 0, 0xc0, 0x7f, 0xa8, 0x1a]],
];

function section(id: number, content: readonly number[]): number[] {
  return [id, content.length, ...content];
}

/** A module that exports one function with this body. */
function trapModule(body: readonly number[]): Uint8Array {
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [2, 0x60, 0, 0, 0x60, 1, I32, 0]),
    ...section(3, [2, 0, 1]),
    ...section(4, [1, 0x70, 0, 2]),
    ...section(5, [1, 0, 1]),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(9, [1, 0, 0x41, 0, 0x0b, 1, 1]),
    ...section(12, [1]),
    ...section(10, [2, body.length + 2, 0, ...body, 0x0b, 2, 0, 0x0b]),
    ...section(11, [1, 1, 0]),
  ]);
}

function trapText(body: readonly number[]): string {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(trapModule(body)));
  try {
    (instance.exports['f'] as () => void)();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return error.message;
    throw error;
  }
  return '';
}

/**
 * Learns the texts.
 * @throws IcError `ENGINE_TRAP_TEXT` when two kinds of trap share a text, so that outcomes could not be told apart.
 */
export function learnTrapTexts(): ReadonlyMap<string, EngineTrap> {
  const kinds = new Map<string, EngineTrap>();
  for (const [kind, body] of trapping) {
    const text = trapText(body);
    const known = kinds.get(text);
    if (text === '' || (known !== undefined && known !== kind)) {
      const detail = { code: 'ENGINE_TRAP_TEXT' } as const;
      throw new IcError(
        detail,
        `this WebAssembly engine reports "${text}" both for ${known ?? 'success'} and for ${kind}; use a supported version of Node or Chromium`,
      );
    }
    kinds.set(text, kind);
  }
  return kinds;
}
