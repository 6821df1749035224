/**
 * Data and element segments of the rewritten module.
 *
 * Active data segments become passive ones that an added function applies, because only a fresh instance wants them: a restored one has its
 * memory already. Either way they end as dropped, as active segments do.
 * @module
 */
import { visitElementExpressions, visitElementFunctions } from '../element-segment.ts';
import type { ElementSegment, ParsedModule, Span } from '../types.ts';
import { FUNCREF, I32 } from '../value-types.ts';
import type { ByteWriter } from './byte-writer.ts';
import { CodeCursor } from './code-cursor.ts';
import { FunctionCode, OP, functionBody } from './function-code.ts';
import type { ModulePlan } from './module-plan.ts';

const REF_FUNC = 0xd2;
const GLOBAL_GET = 0x23;
const END = 0x0b;

/** Writes a constant expression with function indexes mapped; `end` included. */
export function writeConstant(plan: ModulePlan, writer: ByteWriter, expression: Span): void {
  const { bytes } = plan.module;
  const index = functionOfConstant(bytes, expression);
  if (index === undefined) return writer.range(bytes, expression.start, expression.end);
  writer.u8(REF_FUNC);
  writer.u32(plan.functionIndex(index));
  writer.u8(END);
}

/** The function to which a constant expression is a reference, if it is one. */
export function functionOfConstant(bytes: Uint8Array, expression: Span): number | undefined {
  return bytes[expression.start] === REF_FUNC ? unsignedAt(bytes, expression.start + 1) : undefined;
}

/** Whether every active element segment lies inside its table as it is at first. */
export function elementsFit(module: ParsedModule): boolean {
  return module.elements.every(({ tableIndex, offset, count }) => {
    if (offset === undefined) return true;
    const { min, is64 } = module.tables[tableIndex]!.limits;
    const start = integerOfConstant(module, offset);
    return (start < 0 ? start + 2 ** (is64 ? 64 : 32) : start) + count <= Number(min);
  });
}

/** A constant expression for an integer; inexact from 2^53 on. */
function integerOfConstant(module: ParsedModule, expression: Span): number {
  const cursor = new CodeCursor(module.bytes);
  cursor.position = expression.start;
  if (cursor.u8() !== GLOBAL_GET) return cursor.signed();
  return integerOfConstant(module, module.globalInitialisers[cursor.u32() - module.importedGlobals]!);
}

function unsignedAt(bytes: Uint8Array, position: number): number {
  let value = 0;
  let scale = 1;
  for (let index = position; ; index++) {
    const byte = bytes[index]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 0x80;
  }
}

/** Writes the data section: every segment passive. */
export function writeDataSection(plan: ModulePlan, writer: ByteWriter): void {
  const { bytes, dataSegments } = plan.module;
  writer.u32(dataSegments.length);
  for (const { content } of dataSegments) {
    writer.u8(1);
    writer.u32(content.end - content.start);
    writer.range(bytes, content.start, content.end);
  }
}

/** Adds `(withData: i32)`: applies the formerly active segments if asked to, and drops them. */
export function addInitialise(plan: ModulePlan, markRange: number): number {
  const { bytes, dataSegments } = plan.module;
  const code = new FunctionCode();
  for (const [index, { mode, offset, content }] of dataSegments.entries()) {
    if (mode !== 'active' || offset === undefined) continue;
    const size = content.end - content.start;
    const pushOffset = (): void => code.writer.range(bytes, offset.start, offset.end - 1);
    code.get(0).if();
    pushOffset();
    if (plan.memory64) code.i64(size);
    else code.i32(size);
    code.call(markRange);
    pushOffset();
    code.i32(0).i32(size).op(0xfc, 0x08).writer.u32(index);
    code.op(0x00, OP.end, 0xfc, 0x09).writer.u32(index);
  }
  const initialise = plan.reserve([I32], []);
  plan.define(initialise, functionBody([], code));
  return initialise;
}

/** Writes the element section; `declared` are functions that bodies refer to, declared by one more segment. */
export function writeElementSection(plan: ModulePlan, writer: ByteWriter, declared: ReadonlySet<number>): void {
  const { elements } = plan.module;
  writer.u32(elements.length + (declared.size > 0 ? 1 : 0));
  for (const segment of elements) writeElementSegment(plan, writer, segment);
  if (declared.size === 0) return;
  writer.list([0x03, 0x00]);
  writer.u32(declared.size);
  for (const index of declared) writer.u32(plan.functionIndex(index));
}

function writeElementSegment(plan: ModulePlan, writer: ByteWriter, segment: ElementSegment): void {
  const { bytes } = plan.module;
  const isExplicit = segment.mode === 'active' && (segment.tableIndex !== 0 || segment.element !== FUNCREF);
  const mode = segment.mode === 'active' ? (isExplicit ? 2 : 0) : segment.mode === 'passive' ? 1 : 3;
  writer.u32(mode + (segment.form === 'expressions' ? 4 : 0));
  if (isExplicit) writer.u32(segment.tableIndex);
  if (segment.offset !== undefined) writeConstant(plan, writer, segment.offset);
  if (mode !== 0) writer.u8(segment.form === 'expressions' ? segment.element : 0x00);
  writer.u32(segment.count);
  if (segment.form === 'functions') visitElementFunctions(bytes, segment, (index) => writer.u32(plan.functionIndex(index)));
  else visitElementExpressions(bytes, segment, (expression) => writeConstant(plan, writer, expression));
}
