/**
 * Mutable globals outlive messages: they are stored to and loaded from the state memory, bits unchanged.
 * @module
 */
import type { ParsedModule } from '../types.ts';
import { F32, F64, I32, I64, V128 } from '../value-types.ts';
import { ACCESS, FunctionCode, functionBody } from './function-code.ts';
import type { ModulePlan } from './module-plan.ts';

const scalarAccess: Readonly<Record<number, { readonly load: readonly [number, number]; readonly store: readonly [number, number] }>> = {
  [I32]: { load: ACCESS.i32Load, store: ACCESS.i32Store },
  [I64]: { load: ACCESS.i64Load, store: ACCESS.i64Store },
  [F32]: { load: ACCESS.f32Load, store: ACCESS.f32Store },
  [F64]: { load: ACCESS.f64Load, store: ACCESS.f64Store },
};

/** Number of mutable globals. */
export function countMutableGlobals(module: ParsedModule): number {
  return module.globals.filter((global) => global.mutable).length;
}

/** Adds `(area: i32)` functions: one stores the globals at `area` of the state memory, one loads them. */
export function addGlobalTransfer(plan: ModulePlan): { readonly store: number; readonly load: number } {
  const store = new FunctionCode();
  const load = new FunctionCode();
  let offset = 0;
  for (const [index, { type, mutable }] of plan.module.globals.entries()) {
    if (!mutable) continue;
    transferGlobal(plan, store, load, index, type, offset);
    offset += type === V128 ? 16 : 8;
  }
  const storeIndex = plan.reserve([I32], []);
  plan.define(storeIndex, functionBody([], store));
  const loadIndex = plan.reserve([I32], []);
  plan.define(loadIndex, functionBody([], load));
  return { store: storeIndex, load: loadIndex };
}

function transferGlobal(plan: ModulePlan, store: FunctionCode, load: FunctionCode, index: number, type: number, offset: number): void {
  const { stateMemory } = plan;
  store.get(0).globalGet(index);
  load.get(0);
  const access = scalarAccess[type];
  if (access !== undefined) {
    store.access(access.store, stateMemory, offset);
    load.access(access.load, stateMemory, offset);
  } else {
    store.op(0xfd, 0x0b, 0x40, stateMemory).writer.u32(offset);
    load.op(0xfd, 0x00, 0x40, stateMemory).writer.u32(offset);
  }
  load.globalSet(index);
}
