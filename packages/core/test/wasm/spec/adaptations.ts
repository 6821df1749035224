/**
 * Scripts whose main module uses one thing that is off, beside much that is not. The one thing is replaced, so that the rest runs. Every
 * replacement must be found.
 * @module
 */

type Adaptation = { readonly why: string; readonly replace: readonly (readonly [from: string, to: string])[] };

export const adaptations: Readonly<Record<string, Adaptation>> = {
  'br_table.wast': {
    why: 'typed function references become funcref',
    replace: [
      ['(ref null $t)', 'funcref'],
      ['(ref.null $t)', '(ref.null func)'],
      ['(ref $t)', 'funcref'],
    ],
  },
  'ref_is_null.wast': {
    why: 'typed function references become funcref',
    replace: [
      ['(ref null $t)', 'funcref'],
      ['(ref.null $t)', '(ref.null func)'],
      ['(ref $t) (ref.func', 'funcref (ref.func'],
    ],
  },
  'global.wast': {
    why: 'arithmetic in constant expressions becomes its result; the mutable reference, which the instrumentation does not save, becomes immutable',
    replace: [
      ['(i32.add (i32.sub (i32.mul (i32.const 20) (i32.const 2)) (i32.const 2)) (i32.const 4))', '(i32.const 42)'],
      ['(i64.add (i64.sub (i64.mul (i64.const 20) (i64.const 2)) (i64.const 2)) (i64.const 5))', '(i64.const 43)'],
      ['(i32.add (global.get 0) (i32.const 42))', '(i32.const 708)'],
      ['(i64.add (global.get 1) (i64.const 42))', '(i64.const 708)'],
      ['(global $mr (mut externref) (ref.null extern))', '(global $mr externref (ref.null extern))'],
      ['(global.set $mr (local.get 0))', '(drop (local.get 0))'],
      ['(assert_return (invoke "get-mr") (ref.extern 10))', ''],
    ],
  },
  'unreached-valid.wast': {
    why: 'call_ref, which is not reached, becomes unreachable',
    replace: [['(call_ref $t)', '(unreachable)']],
  },
};

/** The source with its adaptation, if it has one. */
export function adapt(file: string, source: string): string {
  let adapted = source;
  for (const [from, to] of adaptations[file]?.replace ?? []) {
    if (!adapted.includes(from)) throw new Error(`${file}: nothing to replace: ${from}`);
    adapted = adapted.replaceAll(from, to);
  }
  return adapted;
}
