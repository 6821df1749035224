/**
 * The functions that the instrumentation adds to track pages: mark, commit, roll back, capture.
 *
 * An undo entry holds a page and the first bytes of the next one, because a store that is checked at its first byte may reach into the
 * next page. Entries are undone newest first, which restores both in any order of stores. After a message went well, `settle` finds the
 * pages that were changed in this way only. Pages that did not exist when the message began were all zero: nothing is copied for them.
 * Invariant: memory beyond the logical size is all zero between messages.
 * @module
 */
import { I32, I64, V128 } from '../value-types.ts';
import type { RuntimeFunctions } from './body-emitter.ts';
import { ACCESS, FunctionCode, OP, functionBody, outlinedBody } from './function-code.ts';
import { COMMITTED_IN_ENTRY, LIST_ENTRY_BYTES, STRADDLE_BYTES, TRACKED_PAGE_BYTES, TRAP_CODE, UNDO_ENTRY_BYTES } from './layout.ts';
import type { ModulePlan } from './module-plan.ts';

const PAGE_SHIFT = 12;
const TRACKED_PER_WASM_SHIFT = 4;
/** The undo log grows by half and so many pages of 15 entries more than needed. */
const UNDO_GROWTH_PAGES = 16;
/** The lists grow by so many 64 KiB pages, of 8,192 entries each. */
const LISTS_GROWTH_PAGES = 4;
const LIST_ENTRY_SHIFT = 3;

type PageList = 'written' | 'committed';

const XOR_VECTORS = [0xfd, 0x51];
const OR_VECTORS = [0xfd, 0x50];
const ANY_TRUE = [0xfd, 0x53];

/** Instructions on addresses of the main memory. */
function addressOps(memory64: boolean): Readonly<Record<'add' | 'sub' | 'shl' | 'shrU' | 'eqz' | 'ltU' | 'leU' | 'geU', number>> {
  return memory64
    ? { add: OP.i64Add, sub: OP.i64Sub, shl: OP.i64Shl, shrU: OP.i64ShrU, eqz: OP.i64Eqz, ltU: OP.i64LtU, leU: OP.i64LeU, geU: OP.i64GeU }
    : { add: OP.i32Add, sub: OP.i32Sub, shl: OP.i32Shl, shrU: OP.i32ShrU, eqz: OP.i32Eqz, ltU: OP.i32LtU, leU: 0x4d, geU: OP.i32GeU };
}

/** Code for one module: what depends on the width of its addresses. */
class TrackingCode extends FunctionCode {
  readonly #plan: ModulePlan;
  readonly #ops: ReturnType<typeof addressOps>;

  constructor(plan: ModulePlan) {
    super();
    this.#plan = plan;
    this.#ops = addressOps(plan.memory64);
  }

  address(value: number): this {
    return this.#plan.memory64 ? this.i64(value) : this.i32(value);
  }

  on(name: keyof ReturnType<typeof addressOps>): this {
    return this.op(this.#ops[name]);
  }

  /** An address to an i32, an i32 to an address. */
  wrap(): this {
    return this.#plan.memory64 ? this.op(OP.i32WrapI64) : this;
  }

  extend(): this {
    return this.#plan.memory64 ? this.op(OP.i64ExtendI32U) : this;
  }

  /** Whether `page` is the last one of the main memory as it physically is. */
  isLast(page: number): this {
    this.get(page).i32(1).op(OP.i32Add).memorySize(0).wrap();
    return this.i32(TRACKED_PER_WASM_SHIFT).op(OP.i32Shl, OP.i32Eq);
  }

  /** Address of `page` in the main memory. */
  pageAddress(page: number): this {
    return this.get(page).extend().address(PAGE_SHIFT).on('shl');
  }

  /** Address of undo entry `entry`. */
  entryAddress(entry: number): this {
    return this.get(entry).op(OP.i64ExtendI32U).i64(UNDO_ENTRY_BYTES).op(OP.i64Mul);
  }

  #listOffset(list: PageList): number {
    return this.#plan.layout.lists + (list === 'written' ? 0 : COMMITTED_IN_ENTRY);
  }

  /** `list[index]`. */
  item(index: number, list: PageList): this {
    return this.get(index).i32(LIST_ENTRY_SHIFT).op(OP.i32Shl).access(ACCESS.i32Load, this.#plan.stateMemory, this.#listOffset(list));
  }

  /** `list[index] = page`, in a state memory that is enlarged when the entry does not fit. The largest one has room for every page. */
  setItem(index: number, list: PageList, page: number): this {
    const { stateMemory: state, layout, trapImport } = this.#plan;
    this.get(index)
      .i32(LIST_ENTRY_SHIFT)
      .op(OP.i32Shl)
      .i32(layout.lists + LIST_ENTRY_BYTES)
      .op(OP.i32Add);
    this.memorySize(state).i32(16).op(OP.i32Shl, OP.i32GtU).if();
    this.#growthOfLists().memoryGrow(state).i32(-1).op(OP.i32Eq).if();
    this.i32(TRAP_CODE.hostMemory).call(trapImport).op(OP.unreachable, OP.end, OP.end);
    return this.get(index).i32(LIST_ENTRY_SHIFT).op(OP.i32Shl).get(page).access(ACCESS.i32Store, state, this.#listOffset(list));
  }

  /** By how many 64 KiB pages the state memory grows: not beyond its maximum. */
  #growthOfLists(): this {
    const { stateMemory: state, layout } = this.#plan;
    const left = (): this => this.i32(layout.maximumPages).memorySize(state).op(OP.i32Sub);
    this.i32(LISTS_GROWTH_PAGES);
    left().i32(LISTS_GROWTH_PAGES);
    return left().op(OP.i32LtU, OP.select);
  }

  /** Whether `page` existed when the message began. */
  isOld(page: number): this {
    this.get(page).loadCell(ACCESS.i32Load, this.#plan.stateMemory, this.#plan.layout.savedPages);
    return this.i32(TRACKED_PER_WASM_SHIFT).op(OP.i32Shl, OP.i32LtU);
  }

  /** Length of an undo copy of a page: without what follows when there is nothing. */
  copyLength(page: number): this {
    return this.address(TRACKED_PAGE_BYTES).address(UNDO_ENTRY_BYTES).isLast(page).op(OP.select);
  }
}

/** Defines `mark` and `bulk`; returns the function that marks a range. */
export function defineMarking(plan: ModulePlan, runtime: RuntimeFunctions): number {
  const markRange = plan.reserve([plan.address, plan.address], []);
  plan.define(runtime.mark, markBody(plan));
  plan.define(markRange, markRangeBody(plan, runtime));
  plan.define(runtime.bulk, bulkBody(plan, runtime, markRange));
  return markRange;
}

function markBody(plan: ModulePlan): Uint8Array {
  const { layout, stateMemory: state } = plan;
  const [address, page, count, entry] = [0, 1, 2, 3];
  const code = new TrackingCode(plan);
  code.get(address).address(PAGE_SHIFT).on('shrU').wrap().set(page);
  code.loadCell(ACCESS.i32Load, state, layout.writtenCount).set(count);
  code.isOld(page).if();
  saveOldPage(plan, code, { address, page, count, entry });
  code.op(OP.else);
  // Traps beyond the memory, as the store would.
  code.get(address).op(0x2d, 0, 0, OP.drop, OP.end);
  code.setItem(count, 'written', page);
  code.get(page).i32(1).access(ACCESS.i32Store8, state, layout.written);
  code.i32(0).get(count).i32(1).op(OP.i32Add).access(ACCESS.i32Store, state, layout.writtenCount);
  return outlinedBody([I32, I32, I64], code);
}

type MarkLocals = { readonly address: number; readonly page: number; readonly count: number; readonly entry: number };

function saveOldPage(plan: ModulePlan, code: TrackingCode, { address, page, count, entry }: MarkLocals): void {
  const { undoMemory: undo } = plan;
  code.entryAddress(count).tee(entry).i64(UNDO_ENTRY_BYTES).op(OP.i64Add).memorySize(undo).i64(16).op(OP.i64Shl, OP.i64GtU).if();
  // Past the list lies at most an entry for each page written to: the log grows by half, and to that at least.
  code.get(entry).i64(16).op(OP.i64ShrU).memorySize(undo).op(OP.i64Sub).tee(entry).i64(0).get(entry).i64(0).op(OP.i64GtS, OP.select);
  code.memorySize(undo).i64(1).op(OP.i64ShrU).i64(UNDO_GROWTH_PAGES).op(OP.i64Add, OP.i64Add).memoryGrow(undo).i64(-1).op(OP.i64Eq).if();
  code.i32(TRAP_CODE.hostMemory).call(plan.trapImport).op(OP.unreachable, OP.end).entryAddress(count).set(entry).op(OP.end);
  // The source is computed from the whole address, so that one beyond the memory traps here as the store would.
  code.get(entry).get(address).address(PAGE_SHIFT).on('shrU').address(PAGE_SHIFT).on('shl').copyLength(page).memoryCopy(undo, 0);
  // Whatever appears after the last page is zero at first.
  code.isLast(page).if().get(entry).i64(TRACKED_PAGE_BYTES).op(OP.i64Add).i32(0).i64(STRADDLE_BYTES).memoryFill(undo).op(OP.end);
}

/** Marks `[start, start + length)`; a range that does not fit is left to the instruction itself to refuse. */
function markRangeBody(plan: ModulePlan, runtime: RuntimeFunctions): Uint8Array {
  const { layout, stateMemory: state } = plan;
  const [start, length, page, last] = [0, 1, 2, 3];
  const code = new TrackingCode(plan);
  code.get(length).on('eqz').if().op(OP.return, OP.end);
  code.get(start).get(length).on('add').address(1).on('sub').tee(last).get(start).on('ltU').if().op(OP.return, OP.end);
  code.get(last).address(16).on('shrU').memorySize(0).on('geU').if().op(OP.return, OP.end);
  code.get(start).address(PAGE_SHIFT).on('shrU').set(page);
  code.get(last).address(PAGE_SHIFT).on('shrU').set(last);
  code.loop().get(page).wrap().access(ACCESS.i32Load8U, state, layout.written).op(OP.i32Eqz).if();
  code.get(page).address(PAGE_SHIFT).on('shl').call(runtime.mark).op(OP.end);
  code.get(page).address(1).on('add').tee(page).get(last).on('leU').brIf(0).op(OP.end);
  return functionBody([plan.address, plan.address], code);
}

function bulkBody(plan: ModulePlan, runtime: RuntimeFunctions, markRange: number): Uint8Array {
  const [destination, length, word] = [0, 1, 2];
  const code = new TrackingCode(plan);
  code
    .get(length)
    .op(...(plan.memory64 ? [] : [OP.i64ExtendI32U]))
    .get(word)
    .call(runtime.charge);
  code.get(destination).get(length).call(markRange);
  return outlinedBody([], code);
}

/** `(start: f64, size: f64)` for the host; the range lies inside the memory. */
export function addMarkRangeForHost(plan: ModulePlan, markRange: number): number {
  const truncate = plan.memory64 ? 0xb1 : 0xab;
  const index = plan.reserve([0x7c, 0x7c], []);
  plan.define(index, functionBody([], new FunctionCode().get(0).op(truncate).get(1).op(truncate).call(markRange)));
  return index;
}

/** A loop over the entries `[0, count)` of a list; the code in `each` has the page in `page`. */
function forEachPage(code: TrackingCode, index: number, page: number, count: number, list: PageList, each: () => void): void {
  code.i32(0).set(index).block().loop().get(index).get(count).op(OP.i32GeU).brIf(1);
  code.item(index, list).set(page);
  each();
  code.get(index).i32(1).op(OP.i32Add).set(index).br(0).op(OP.end, OP.end);
}

/** `()`: marks the pages that were reached only by a store that began in the page before. */
export function addSettle(plan: ModulePlan, runtime: RuntimeFunctions): number {
  const { layout, stateMemory: state, undoMemory: undo } = plan;
  const [index, page, count, next, entry, here, difference] = [0, 1, 2, 3, 4, 5, 6];
  const code = new TrackingCode(plan);
  code.loadCell(ACCESS.i32Load, state, layout.writtenCount).set(count);
  forEachPage(code, index, page, count, 'written', () => {
    code.get(page).i32(1).op(OP.i32Add).tee(next).access(ACCESS.i32Load8U, state, layout.written).isLast(page).op(OP.i32Or, OP.i32Eqz).if();
    code
      .pageAddress(next)
      .set(here)
      .op(0xfd, 0x0c, ...new Uint8Array(16))
      .set(difference);
    code.isOld(page).if().entryAddress(index).set(entry);
    for (let offset = 0; offset < STRADDLE_BYTES; offset += 16) {
      vectorLoad(code.get(here), 0, offset);
      vectorLoad(code.get(entry), undo, TRACKED_PAGE_BYTES + offset)
        .op(...XOR_VECTORS)
        .get(difference)
        .op(...OR_VECTORS)
        .set(difference);
    }
    code.op(OP.else);
    for (let offset = 0; offset < STRADDLE_BYTES; offset += 16)
      vectorLoad(code.get(here), 0, offset)
        .get(difference)
        .op(...OR_VECTORS)
        .set(difference);
    code
      .op(OP.end)
      .get(difference)
      .op(...ANY_TRUE)
      .if()
      .get(here)
      .call(runtime.mark)
      .op(OP.end, OP.end);
  });
  const settle = plan.reserve([], []);
  plan.define(settle, functionBody([I32, I32, I32, I32, I64, plan.address, V128], code));
  return settle;
}

function vectorLoad(code: TrackingCode, memory: number, offset: number): TrackingCode {
  code.op(0xfd, 0x00, 0x40, memory).writer.u32(offset);
  return code;
}

/** `()`: keeps what the message did; its pages join those committed since the last capture. */
export function addCommit(plan: ModulePlan): number {
  const { layout, stateMemory: state } = plan;
  const [index, page, count, committed] = [0, 1, 2, 3];
  const code = new TrackingCode(plan);
  code.loadCell(ACCESS.i32Load, state, layout.writtenCount).set(count);
  code.loadCell(ACCESS.i32Load, state, layout.committedCount).set(committed);
  forEachPage(code, index, page, count, 'written', () => {
    code.get(page).i32(0).access(ACCESS.i32Store8, state, layout.written);
    code.get(page).access(ACCESS.i32Load8U, state, layout.committed).op(OP.i32Eqz).if();
    code.get(page).i32(1).access(ACCESS.i32Store8, state, layout.committed);
    code.setItem(committed, 'committed', page);
    code.get(committed).i32(1).op(OP.i32Add).set(committed).op(OP.end);
  });
  code.i32(0).i32(0).access(ACCESS.i32Store, state, layout.writtenCount);
  code.i32(0).get(committed).access(ACCESS.i32Store, state, layout.committedCount);
  const commit = plan.reserve([], []);
  plan.define(commit, functionBody([I32, I32, I32, I32], code));
  return commit;
}

/** `()`: undoes what the message did to the memory, its logical size and the globals. */
export function addRollback(plan: ModulePlan, loadGlobals: number): number {
  const { layout, stateMemory: state, undoMemory: undo } = plan;
  const [index, page] = [0, 1];
  const code = new TrackingCode(plan);
  code.loadCell(ACCESS.i32Load, state, layout.writtenCount).set(index);
  code.block().loop().get(index).op(OP.i32Eqz).brIf(1);
  code.get(index).i32(1).op(OP.i32Sub).set(index).item(index, 'written').set(page);
  code.isOld(page).if().pageAddress(page).entryAddress(index).copyLength(page).memoryCopy(0, undo);
  code.op(OP.else).pageAddress(page).i32(0).copyLength(page).memoryFill(0).op(OP.end);
  code.get(page).i32(0).access(ACCESS.i32Store8, state, layout.written).br(0).op(OP.end, OP.end);
  code.i32(0).i32(0).access(ACCESS.i32Store, state, layout.writtenCount);
  code.i32(0).loadCell(ACCESS.i32Load, state, layout.savedPages).access(ACCESS.i32Store, state, layout.pages);
  code.i32(layout.savedGlobals).call(loadGlobals);
  const rollback = plan.reserve([], []);
  plan.define(rollback, functionBody([I32, I32], code));
  return rollback;
}

/** `()`: forgets which pages were committed, after the host has copied them. */
export function addCaptured(plan: ModulePlan): number {
  const { layout, stateMemory: state } = plan;
  const [index, page, count] = [0, 1, 2];
  const code = new TrackingCode(plan);
  code.loadCell(ACCESS.i32Load, state, layout.committedCount).set(count);
  forEachPage(code, index, page, count, 'committed', () => {
    code.get(page).i32(0).access(ACCESS.i32Store8, state, layout.committed);
  });
  code.i32(0).i32(0).access(ACCESS.i32Store, state, layout.committedCount);
  const captured = plan.reserve([], []);
  plan.define(captured, functionBody([I32, I32, I32], code));
  return captured;
}
