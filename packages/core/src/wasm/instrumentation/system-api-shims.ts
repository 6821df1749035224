/**
 * Shims around the System API imports: they charge, check the limit while no host code is on the stack, then call the host.
 *
 * Addresses, sizes and 32-bit values travel to the host as f64, so that it sees unsigned numbers; 64-bit values as i64. A size of 2^53 or
 * more arrives rounded and lies beyond every memory.
 * @module
 */
import { type ParameterKind, systemApiSignatures, type SystemApiSignature } from '../system-api-signatures.ts';
import { F64, I32, I64 } from '../value-types.ts';
import type { WasmImport } from '../types.ts';
import type { RuntimeFunctions } from './body-emitter.ts';
import { ACCESS, FunctionCode, OP, functionBody } from './function-code.ts';
import type { ModulePlan } from './module-plan.ts';

/** A size that costs more than any limit; larger ones are charged as this. */
const CHARGED_SIZE_MAX = 2 ** 50;

/** Signature of a System API import, if it is one. */
export function signatureOf(entry: WasmImport): SystemApiSignature | undefined {
  return entry.module === 'ic0' && Object.hasOwn(systemApiSignatures, entry.name) ? systemApiSignatures[entry.name] : undefined;
}

/** Type index with which a function import is declared in the rewritten module. */
export function importType(plan: ModulePlan, entry: WasmImport): number {
  const signature = signatureOf(entry);
  if (signature === undefined) return entry.typeIndex;
  const params = signature.params.map((kind) => (kind === 'i64' || kind === 'V' ? I64 : F64));
  const results = signature.result === undefined ? [] : [resultType(plan, signature.result)];
  return plan.type(params, results);
}

function resultType(plan: ModulePlan, kind: ParameterKind): number {
  return kind === 'i64' ? I64 : kind === 'I' && plan.memory64 ? F64 : I32;
}

/** Adds one shim for every imported function. */
export function addShims(plan: ModulePlan, runtime: RuntimeFunctions): void {
  let index = 0;
  for (const entry of plan.module.imports) {
    if (entry.kind !== 'function') continue;
    const type = plan.module.types[entry.typeIndex]!;
    const twin = plan.types[plan.twin(entry.typeIndex)]!;
    const shim = plan.reserve([...twin.params], [...twin.results]);
    plan.setShim(index, shim);
    const signature = signatureOf(entry);
    plan.define(shim, signature === undefined ? plainShim(runtime, index, type.params.length) : apiShim(plan, runtime, index, signature));
    index++;
  }
}

/** An import that is not of the System API costs nothing by itself. */
function plainShim(runtime: RuntimeFunctions, imported: number, parameters: number): Uint8Array {
  const code = new FunctionCode().get(parameters).call(runtime.flush);
  for (let parameter = 0; parameter < parameters; parameter++) code.get(parameter);
  return functionBody([], code.call(imported).get(parameters));
}

function apiShim(plan: ModulePlan, runtime: RuntimeFunctions, imported: number, signature: SystemApiSignature): Uint8Array {
  const word = signature.params.length;
  const code = new FunctionCode();
  // A counter that is negative already is settled before the fee.
  code.get(word).op(OP.i32WrapI64).i32(0).op(OP.i32LtS).if().get(word).call(runtime.slow).set(word).op(OP.end);
  charge(plan, runtime, code, signature, word);
  code.get(word).call(runtime.flush);
  for (const [parameter, kind] of signature.params.entries()) {
    code.get(parameter);
    if (kind === 'V') {
      if (!plan.memory64) code.op(OP.i64ExtendI32U);
    } else if (kind !== 'i64') code.op(kind === 'I' && plan.memory64 ? OP.f64ConvertI64U : OP.f64ConvertI32U);
  }
  code.call(imported);
  if (signature.result === 'I' && plan.memory64) code.op(0xfc, 0x07);
  if (signature.chargesMore === true) {
    code
      .loadCell(ACCESS.f64Load, plan.stateMemory, plan.layout.slice)
      .f64(0)
      .op(OP.f64Lt)
      .if()
      .get(word)
      .call(runtime.slow)
      .set(word)
      .op(OP.end);
  }
  return functionBody([], code.get(word));
}

function charge(plan: ModulePlan, runtime: RuntimeFunctions, code: FunctionCode, signature: SystemApiSignature, word: number): void {
  if (signature.perByte === undefined) {
    if (signature.fixed === 0) return;
    code.get(word).i64(signature.fixed).op(OP.i64Sub).tee(word).op(OP.i32WrapI64).i32(0).op(OP.i32LtS);
    code.if().get(word).call(runtime.slow).set(word).op(OP.end);
    return;
  }
  code.i64(signature.fixed);
  for (const { param, factor } of signature.perByte) {
    const is64 = signature.params[param] === 'i64' || (signature.params[param] === 'I' && plan.memory64);
    if (is64) {
      code.get(param).i64(CHARGED_SIZE_MAX).get(param).i64(CHARGED_SIZE_MAX).op(OP.i64LtU, OP.select);
    } else code.get(param).op(OP.i64ExtendI32U);
    if (factor !== 1) code.i64(factor).op(OP.i64Mul);
    code.op(OP.i64Add);
  }
  code.get(word).call(runtime.charge).set(word);
}
