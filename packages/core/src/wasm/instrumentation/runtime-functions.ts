/**
 * The functions that the instrumentation adds for metering, growing, and what the engine calls between messages.
 * @module
 */
import { F64, FUNCREF, I32, I64 } from '../value-types.ts';
import type { RuntimeFunctions } from './body-emitter.ts';
import { STACK_SLOTS_MAX } from './depth-limit.ts';
import { ACCESS, FunctionCode, OP, functionBody, outlinedBody } from './function-code.ts';
import { INSTRUCTION_QUANTUM, TRAP_CODE, WORD_CHARGE_MAX } from './layout.ts';
import type { ModulePlan } from './module-plan.ts';

const TRUNCATE_TO_I64 = 0xb0;
const EXTEND_I32_S = 0xac;
const CONVERT_I32_S = 0xb7;
/** `i64.trunc_sat_f64_u`, `i32.trunc_sat_f64_u`. */
const SATURATE_64 = [0xfc, 0x07];
const SATURATE_32 = [0xfc, 0x03];
const REF_TEST = [0xfb, 0x14];

/** Bits 32 to 63 of the instruction word with which a call from the host begins; it holds no instructions. */
const STACK_START = 2 ** 31 - STACK_SLOTS_MAX;

/** Reserves the functions that bodies call, so that bodies can be emitted before they exist. */
export function reserveRuntime(plan: ModulePlan): RuntimeFunctions {
  const { address } = plan;
  return {
    slow: plan.reserve([I64], [I64]),
    charge: plan.reserve([I64, I64], [I64]),
    settle: plan.reserve([I64], [I64]),
    flush: plan.reserve([I64], []),
    grow: plan.reserve([address, I64], [address]),
    mark: plan.reserve([address], []),
    bulk: plan.reserve([address, address, I64], [I64]),
  };
}

/** Defines the metering functions and `grow`. */
export function defineMetering(plan: ModulePlan, runtime: RuntimeFunctions, pagesMax: number): void {
  plan.define(runtime.slow, slowBody(plan));
  plan.define(runtime.charge, chargeBody(plan, runtime));
  plan.define(runtime.settle, settleBody(plan));
  plan.define(runtime.flush, flushBody(plan));
  plan.define(runtime.grow, growBody(plan, runtime, pagesMax));
}

/** The instructions in the word, as an f64 on the stack. */
function pushCount(code: FunctionCode, word: number): FunctionCode {
  return code.get(word).op(OP.i32WrapI64, CONVERT_I32_S);
}

/** Takes the instructions out of the word. */
function dropCount(code: FunctionCode, word: number): FunctionCode {
  return code.get(word).get(word).op(OP.i32WrapI64, EXTEND_I32_S, OP.i64Sub).set(word);
}

/** Moves instructions from a total to the word, as many as fit; leaves the word on the stack. */
function refill(plan: ModulePlan, code: FunctionCode, word: number, total: number, count: number): FunctionCode {
  const { layout, stateMemory: state } = plan;
  code
    .i32(0)
    .get(total)
    .get(total)
    .f64(INSTRUCTION_QUANTUM)
    .op(OP.f64Min)
    .tee(count)
    .op(OP.f64Sub)
    .access(ACCESS.f64Store, state, layout.slice);
  code.i32(0).get(count).access(ACCESS.f64Store, state, layout.word);
  return code.get(word).get(count).op(TRUNCATE_TO_I64, OP.i64Add);
}

function slowBody(plan: ModulePlan): Uint8Array {
  const { layout, stateMemory: state } = plan;
  const [word, total, count] = [0, 1, 2];
  const code = new FunctionCode().loop();
  pushCount(code.loadCell(ACCESS.f64Load, state, layout.slice), word)
    .op(OP.f64Add)
    .set(total);
  dropCount(code, word).get(total).f64(0).op(OP.f64Ge).if();
  code.get(word).i64(0).op(OP.i64LtS).if();
  code.i32(0).get(total).access(ACCESS.f64Store, state, layout.slice).i32(0).f64(0).access(ACCESS.f64Store, state, layout.word);
  code.i32(TRAP_CODE.depth).call(plan.trapImport).op(OP.unreachable, OP.end);
  refill(plan, code, word, total, count).op(OP.return, OP.end);
  code.i32(0).get(total).access(ACCESS.f64Store, state, layout.slice);
  code.i32(0).f64(0).access(ACCESS.f64Store, state, layout.word);
  code.loadCell(ACCESS.i32Load, state, layout.sliced).if().call(plan.pauseImport).op(OP.else);
  code.i32(TRAP_CODE.instructions).call(plan.trapImport).op(OP.unreachable, OP.end);
  code.br(0).op(OP.end, OP.unreachable);
  return outlinedBody([F64, F64], code);
}

/** Keeps a word with a negative count in bounds without looking at limits: a debt stays as -1, the rest is the slice's. */
function settleBody(plan: ModulePlan): Uint8Array {
  const { layout, stateMemory: state } = plan;
  const [word, total, count] = [0, 1, 2];
  const code = new FunctionCode();
  pushCount(code.loadCell(ACCESS.f64Load, state, layout.slice), word)
    .op(OP.f64Add)
    .set(total);
  dropCount(code, word).get(total).f64(0).op(OP.f64Ge).if();
  refill(plan, code, word, total, count).op(OP.return, OP.end);
  code.i32(0).get(total).f64(1).op(OP.f64Add).access(ACCESS.f64Store, state, layout.slice);
  code.i32(0).f64(-1).access(ACCESS.f64Store, state, layout.word);
  code.get(word).i64(-1).op(OP.i64Add);
  return outlinedBody([F64, F64], code);
}

function chargeBody(plan: ModulePlan, runtime: RuntimeFunctions): Uint8Array {
  const { layout, stateMemory: state } = plan;
  const [amount, word] = [0, 1];
  const code = new FunctionCode();
  code.get(amount).i64(WORD_CHARGE_MAX).op(OP.i64LtU).if();
  code.get(word).get(amount).op(OP.i64Sub).tee(word).op(OP.i32WrapI64).i32(0).op(OP.i32GeS).if().get(word).op(OP.return, OP.end);
  code.op(OP.else);
  code
    .i32(0)
    .loadCell(ACCESS.f64Load, state, layout.slice)
    .get(amount)
    .op(OP.f64ConvertI64U, OP.f64Sub)
    .access(ACCESS.f64Store, state, layout.slice);
  code.op(OP.end).get(word).call(runtime.slow);
  return outlinedBody([], code);
}

function flushBody(plan: ModulePlan): Uint8Array {
  const code = new FunctionCode().i32(0);
  return outlinedBody([], pushCount(code, 0).access(ACCESS.f64Store, plan.stateMemory, plan.layout.word));
}

function growBody(plan: ModulePlan, runtime: RuntimeFunctions, pagesMax: number): Uint8Array {
  const { layout, stateMemory: state, memory64 } = plan;
  const [delta, word, current, size] = [0, 1, 2, 3];
  const extend = memory64 ? [OP.i64ExtendI32U] : [];
  const wrap = memory64 ? [OP.i32WrapI64] : [];
  const failed = (code: FunctionCode): FunctionCode => (memory64 ? code.i64(-1) : code.i32(-1)).op(OP.return);
  const code = new FunctionCode().get(word).call(runtime.flush);
  code.loadCell(ACCESS.i32Load, state, layout.pages).set(current);
  code
    .get(delta)
    .i32(pagesMax)
    .get(current)
    .op(OP.i32Sub, ...extend, memory64 ? OP.i64GtU : 0x4b)
    .if();
  failed(code).op(OP.end);
  code
    .get(delta)
    .op(...wrap, OP.i32Eqz)
    .if()
    .get(current)
    .op(...extend, OP.return, OP.end);
  code
    .get(current)
    .get(delta)
    .op(...wrap)
    .call(plan.growImport)
    .op(OP.i32Eqz)
    .if();
  failed(code).op(OP.end);
  code
    .i32(0)
    .get(current)
    .get(delta)
    .op(...wrap, OP.i32Add)
    .tee(size)
    .access(ACCESS.i32Store, state, layout.pages);
  enlarge(plan, code, size);
  code.get(current).op(...extend);
  return outlinedBody([I32, I32], code);
}

/** Makes the main memory at least `local` pages large. */
function enlarge(plan: ModulePlan, code: FunctionCode, local: number): void {
  const { memory64 } = plan;
  const wrap = memory64 ? [OP.i32WrapI64] : [];
  code
    .memorySize(0)
    .op(...wrap)
    .get(local)
    .op(OP.i32LtU)
    .if();
  code
    .get(local)
    .op(...(memory64 ? [OP.i64ExtendI32U] : []))
    .memorySize(0)
    .op(memory64 ? OP.i64Sub : OP.i32Sub)
    .memoryGrow(0)
    .op(...wrap);
  code.i32(-1).op(OP.i32Eq).if().i32(TRAP_CODE.hostMemory).call(plan.trapImport).op(OP.unreachable, OP.end, OP.end);
}

/** `(pages: i32)`: the logical size of a restored memory. */
export function addSetPages(plan: ModulePlan): number {
  const code = new FunctionCode().i32(0).get(0).access(ACCESS.i32Store, plan.stateMemory, plan.layout.pages);
  enlarge(plan, code, 0);
  const index = plan.reserve([I32], []);
  plan.define(index, functionBody([], code));
  return index;
}

/** `(word)`: the call from the host is over; what is left in the word goes back to the slice. */
export function addFinish(plan: ModulePlan): number {
  const { layout, stateMemory: state } = plan;
  const code = new FunctionCode().i32(0).loadCell(ACCESS.f64Load, state, layout.slice);
  pushCount(code, 0).op(OP.f64Add).access(ACCESS.f64Store, state, layout.slice);
  code.i32(0).f64(0).access(ACCESS.f64Store, state, layout.word);
  const index = plan.reserve([I64], []);
  plan.define(index, functionBody([], code));
  return index;
}

function pushStart(code: FunctionCode): FunctionCode {
  return code.i64(STACK_START).i64(32).op(OP.i64Shl);
}

/** A function with the type of function `original` that the host can call. */
export function addEntry(plan: ModulePlan, original: number, finish: number): number {
  const type = plan.module.types[plan.module.functionTypes[original]!]!;
  const code = new FunctionCode();
  for (let parameter = 0; parameter < type.params.length; parameter++) code.get(parameter);
  pushStart(code).call(plan.functionIndex(original)).call(finish);
  const index = plan.reserve([...type.params], [...type.results]);
  plan.define(index, functionBody([], code));
  return index;
}

/** `(fun: f64, env: i64) -> i32`: calls function `fun` of table 0 if it takes one address and returns nothing; else answers 0. */
export function addCallback(plan: ModulePlan, finish: number): number {
  const { memory64, module } = plan;
  const [fun, env] = [0, 1];
  const index = plan.reserve([F64, I64], [I32]);
  const table = module.tables[0];
  const code = new FunctionCode();
  if (table !== undefined && table.element === FUNCREF) {
    const { is64 } = table.limits;
    const type = plan.twin(plan.type([plan.address], []));
    const pushIndex = (): FunctionCode => code.get(fun).op(...(is64 ? SATURATE_64 : SATURATE_32));
    code
      .get(fun)
      .op(0xfc, 0x10, 0x00, is64 ? OP.f64ConvertI64U : OP.f64ConvertI32U, OP.f64Lt, OP.i32Eqz)
      .if()
      .i32(0)
      .op(OP.return, OP.end);
    pushIndex()
      .op(0x25, 0x00, ...REF_TEST)
      .writer.signed(type);
    code.op(OP.i32Eqz).if().i32(0).op(OP.return, OP.end);
    pushStart(code.get(env).op(...(memory64 ? [] : [OP.i32WrapI64])));
    pushIndex().op(0x11).writer.u32(type);
    code.op(0x00).call(finish).i32(1);
  } else code.i32(0);
  plan.define(index, functionBody([], code));
  return index;
}
