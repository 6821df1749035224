/**
 * The System API of one message: the 74 functions of module `ic0`, each guarded by the modes in which it may be called.
 * @module
 */
import { assert } from '../../base/index.ts';
import { systemApiSignatures } from '../../wasm/index.ts';
import { modeName, systemApiModes } from '../system-api-modes.ts';
import { contractViolation } from '../traps.ts';
import { ApiState } from './api-state.ts';
import * as calls from './calls.ts';
import * as cycles from './cycles.ts';
import * as debug from './debug.ts';
import * as environment from './environment.ts';
import { memoryGrow } from './memory-growth.ts';
import * as message from './message.ts';
import * as stableMemory from './stable-memory.ts';

export { ApiState } from './api-state.ts';
export { discardUnperformedCall } from './calls.ts';

/** Handler that the engine calls; its methods are the functions of `ic0` by name. */
export class MessageApi extends ApiState {
  declare readonly memoryGrow: (currentPages: number, additionalPages: number) => boolean;
  readonly [name: string]: unknown;
}

type ApiFunction = (this: ApiState, ...parameters: never[]) => unknown;

function violate(name: string, mode: number): never {
  throw contractViolation(`"ic0.${name}" cannot be executed in ${modeName(mode)} mode`);
}

/** Wraps a function with the check of its modes. Arities are spelled out: rest parameters would allocate on every call. */
function guard(name: string, mask: number, body: ApiFunction): unknown {
  const call = body as unknown as (
    this: ApiState,
    a?: unknown,
    b?: unknown,
    c?: unknown,
    d?: unknown,
    e?: unknown,
    f?: unknown,
    g?: unknown,
    h?: unknown,
  ) => unknown;
  switch (body.length) {
    case 0:
      return function (this: ApiState) {
        return (mask & this.mode) === 0 ? violate(name, this.mode) : call.call(this);
      };
    case 1:
      return function (this: ApiState, a: unknown) {
        return (mask & this.mode) === 0 ? violate(name, this.mode) : call.call(this, a);
      };
    case 2:
      return function (this: ApiState, a: unknown, b: unknown) {
        return (mask & this.mode) === 0 ? violate(name, this.mode) : call.call(this, a, b);
      };
    case 3:
      return function (this: ApiState, a: unknown, b: unknown, c: unknown) {
        return (mask & this.mode) === 0 ? violate(name, this.mode) : call.call(this, a, b, c);
      };
    default:
      return function (this: ApiState, a: unknown, b: unknown, c: unknown, d: unknown, e: unknown, f: unknown, g: unknown, h: unknown) {
        return (mask & this.mode) === 0 ? violate(name, this.mode) : call.call(this, a, b, c, d, e, f, g, h);
      };
  }
}

function install(): void {
  const bodies: Record<string, unknown> = { ...message, ...calls, ...cycles, ...stableMemory, ...environment, ...debug };
  const prototype = MessageApi.prototype as unknown as Record<string, unknown>;
  for (const name of Object.keys(systemApiSignatures)) {
    const body = bodies[name];
    const mask = systemApiModes[name];
    assert(typeof body === 'function', `ic0.${name} has a body`);
    assert(mask !== undefined, `ic0.${name} has its modes`);
    prototype[name] = guard(name, mask, body as ApiFunction);
  }
  prototype['memoryGrow'] = memoryGrow;
}

install();
