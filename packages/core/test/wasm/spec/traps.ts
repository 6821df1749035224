/**
 * Trap messages of test scripts and what V8 says for them.
 * @module
 */
import { TRAP_CODE } from '../../../src/wasm/index.ts';
import { HostTrap } from './instance.ts';

const V8_MESSAGES: readonly (readonly [message: string, v8: RegExp])[] = [
  ['out of bounds memory access', /memory access out of bounds/],
  ['integer divide by zero', /divide by zero|remainder by zero/],
  ['integer overflow', /float unrepresentable in integer range|divide result unrepresentable/],
  ['invalid conversion to integer', /float unrepresentable in integer range/],
  ['unreachable', /unreachable/],
  ['undefined element', /table index is out of bounds/],
  ['undefined', /table index is out of bounds/],
  ['uninitialized element', /null function|function signature mismatch/],
  ['indirect call type mismatch', /null function|function signature mismatch/],
  [
    'out of bounds table access',
    /table index is out of bounds|table access out of bounds|element segment out of bounds|segment index is out of range/,
  ],
];

/** Whether a thrown value is the trap that the script names. */
export function isExpectedTrap(message: string, thrown: unknown): boolean {
  if (message.startsWith('call stack exhausted')) return thrown instanceof HostTrap && thrown.trapCode === TRAP_CODE.depth;
  if (!(thrown instanceof WebAssembly.RuntimeError)) return false;
  const known = V8_MESSAGES.find(([text]) => message.startsWith(text));
  return known !== undefined && known[1].test(thrown.message);
}
