/**
 * Where a function body charges instructions, and how many.
 *
 * A stretch of code begins at the function's entry and after every loop, if, else, br, br_if, br_table and end; it is paid for when
 * control reaches its beginning. Fewer points give the same counts where nothing can see the difference, that is, where nothing between the two
 * points calls, checks the counter or traps on purpose:
 * - What follows a structure is paid with what leads to it when control always gets to its end.
 * - When one part of it never gets to the end (a check that fails and traps, a branch further out), what follows is paid with what leads
 *   to the structure all the same, and that part begins by giving it back.
 * - Of the two parts of an if, one is paid with what leads to it; the other begins with the difference.
 * A check must not see what is paid in advance: entries and loop heads keep it apart, in `b`.
 * Charges in code that is never reached go to edit 0, a sink.
 */
import { EDIT, type EditList } from './edit-list.ts';

const LOOP = 0x03;
const IF = 0x04;

/** What is known of one open structure. */
type Fields =
  | 'kind'
  /** Stretch in which it began, and whether something in that stretch before it could see charges. */
  | 'stretch'
  | 'observed'
  /** Outermost structure that a branch inside goes to. */
  | 'target'
  /** 1 when something inside could see charges. */
  | 'opaque'
  /** Number of edits at the last branch to its end. */
  | 'branched'
  /** The last point that began directly inside, and `target` and `opaque` at that time. */
  | 'tail'
  | 'tailTarget'
  | 'tailOpaque'
  /** Of an if: the points of its two parts; target, opaque, branched and the stretch at the end of the first part, -1 without else. */
  | 'first'
  | 'second'
  | 'firstTarget'
  | 'firstOpaque'
  | 'firstBranched'
  | 'firstStretch';

const fieldNames: readonly Fields[] = [
  'kind',
  'stretch',
  'observed',
  'target',
  'opaque',
  'branched',
  'tail',
  'tailTarget',
  'tailOpaque',
  'first',
  'second',
  'firstTarget',
  'firstOpaque',
  'firstBranched',
  'firstStretch',
];

function frames(size: number): Record<Fields, Int32Array> {
  return Object.fromEntries(fieldNames.map((name) => [name, new Int32Array(size)])) as Record<Fields, Int32Array>;
}

/** The points of one body after the other; a hot handle. */
export class ChargePoints {
  /** Edit to whose cost the next instruction is added. */
  stretch = 0;
  readonly #edits: EditList;
  readonly #merge: boolean;
  /** 1 when something since the beginning of the stretch could see what was charged there. */
  #observed = 0;
  #depth = 0;
  #size = 64;
  #frames: Record<Fields, Int32Array> = frames(64);
  /** Costs to move when the body is read: for an edit, the one that pays for it in advance (0: itself), and one that gives it back or 0. */
  #to: Int32Array = new Int32Array(256);
  #refund: Int32Array = new Int32Array(256);
  #lastMoved = 0;

  constructor(edits: EditList, merge: boolean) {
    this.#edits = edits;
    this.#merge = merge;
  }

  /** The function's entry, which costs so much itself. */
  begin(position: number, cost: number): void {
    this.#depth = -1;
    this.#lastMoved = 0;
    this.stretch = this.#edits.add(EDIT.entry, position, position, cost);
    this.#observed = 0;
    this.#open(LOOP);
  }

  /** Something happens that could see what was charged: a call, a check, a trap on purpose. */
  observe(): void {
    this.#frames.opaque[this.#depth] = 1;
    this.#observed = 1;
  }

  /** A block, loop or if begins; `position` is behind the instruction. */
  open(kind: number, position: number): void {
    this.#open(kind);
    if (kind === LOOP) {
      this.#frames.opaque[this.#depth] = 1;
      this.#start(EDIT.loop, position);
    } else if (kind === IF) {
      this.#start(EDIT.charge, position);
      this.#frames.first[this.#depth] = this.stretch;
    }
  }

  #open(kind: number): void {
    const depth = ++this.#depth;
    if (depth >= this.#size) this.#grow();
    const all = this.#frames;
    all.kind[depth] = kind;
    all.stretch[depth] = this.stretch;
    all.observed[depth] = this.#observed;
    all.target[depth] = depth;
    all.opaque[depth] = 0;
    all.branched[depth] = 0;
    all.tail[depth] = 0;
    all.first[depth] = 0;
    all.firstStretch[depth] = -1;
  }

  #start(kind: number, position: number): void {
    if (this.stretch === 0) return;
    this.stretch = this.#edits.add(kind, position, position);
    this.#observed = 0;
  }

  /** A new point directly inside the innermost structure. */
  #startTail(position: number): void {
    this.#start(EDIT.charge, position);
    const all = this.#frames;
    const depth = this.#depth;
    all.tail[depth] = this.stretch;
    all.tailTarget[depth] = all.target[depth]!;
    all.tailOpaque[depth] = all.opaque[depth]!;
  }

  /** A branch to the structure `label` levels out. */
  branch(label: number): void {
    const all = this.#frames;
    const target = this.#depth - label;
    if (target < all.target[this.#depth]!) all.target[this.#depth] = target;
    if (this.stretch !== 0) all.branched[target] = this.#edits.count;
  }

  /** What follows a br_if. */
  afterBranchIf(position: number): void {
    if (this.stretch !== 0) this.#startTail(position);
  }

  /** The function returns. */
  return(): void {
    this.#frames.target[this.#depth] = 0;
  }

  /** What follows is not reached. */
  leave(): void {
    this.stretch = 0;
  }

  /** An else: its part begins, that of the if is complete. */
  else(position: number): void {
    const all = this.#frames;
    const depth = this.#depth;
    all.firstTarget[depth] = all.target[depth]!;
    all.firstOpaque[depth] = all.opaque[depth]!;
    all.firstBranched[depth] = all.branched[depth]!;
    all.firstStretch[depth] = this.stretch;
    all.target[depth] = depth;
    all.opaque[depth] = 0;
    all.branched[depth] = 0;
    this.stretch = all.stretch[depth]!;
    this.#start(EDIT.charge, position);
    all.second[depth] = this.stretch;
  }

  /** The innermost structure ends; not for the function itself. */
  end(position: number): void {
    const all = this.#frames;
    const depth = this.#depth;
    const next = this.#follow(depth);
    const hasElse = all.firstStretch[depth]! >= 0;
    const target = hasElse ? Math.min(all.target[depth]!, all.firstTarget[depth]!) : all.target[depth]!;
    const opaque = hasElse ? all.opaque[depth]! | all.firstOpaque[depth]! : all.opaque[depth]!;
    const outside = (this.#depth = depth - 1);
    if (target < all.target[outside]!) all.target[outside] = target;
    all.opaque[outside]! |= opaque;
    this.stretch = all.stretch[depth]!;
    if (next === 0) this.#startTail(position);
    else {
      this.stretch = next;
      this.#observed = 0;
    }
  }

  /** The stretch to which what follows a structure belongs, or 0 for a new one. */
  #follow(depth: number): number {
    const all = this.#frames;
    const before = all.stretch[depth]!;
    if (before === 0 || !this.#merge || all.observed[depth] !== 0 || all.kind[depth] === LOOP) return 0;
    if (all.kind[depth] === IF) return this.#followIf(depth, before);
    if (all.target[depth]! >= depth && all.opaque[depth] === 0) return this.#prepay(before, 0);
    const tail = all.tail[depth]!;
    const leavesInTail = this.stretch === 0 && tail !== 0 && all.branched[depth] !== 0 && all.branched[depth]! <= tail;
    return leavesInTail && all.tailTarget[depth]! >= depth && all.tailOpaque[depth] === 0 ? this.#prepay(before, tail) : 0;
  }

  #followIf(depth: number, before: number): number {
    const all = this.#frames;
    const always = all.target[depth]! >= depth && all.opaque[depth] === 0;
    const never = this.stretch === 0 && all.branched[depth] === 0;
    const first = all.first[depth]!;
    if (all.firstStretch[depth]! < 0) return always ? this.#prepay(before, 0) : never ? this.#prepay(before, first) : 0;
    const second = all.second[depth]!;
    const firstAlways = all.firstTarget[depth]! >= depth && all.firstOpaque[depth] === 0;
    const firstNever = all.firstStretch[depth] === 0 && all.firstBranched[depth] === 0;
    if (firstNever) this.#move(second, before, first);
    else this.#move(first, before, second);
    if (always && firstAlways) return this.#prepay(before, 0);
    if (always && firstNever) return this.#prepay(before, first);
    return firstAlways && never ? this.#prepay(before, second) : 0;
  }

  /** A stretch that is paid at `to` and given back at `refund`, unless that is 0. */
  #prepay(to: number, refund: number): number {
    const from = this.#edits.add(EDIT.none, 0, 0);
    this.#move(from, to, refund);
    return from;
  }

  /** Moves the cost of `from` to `to` when the body is read; `to` is the earlier one. */
  #move(from: number, to: number, refund: number): void {
    if (from >= this.#to.length) this.#growMoves(from);
    this.#to[from] = to;
    this.#refund[from] = refund;
    if (from > this.#lastMoved) this.#lastMoved = from;
  }

  /** The body is read: moves what is paid in advance, later stretches first, because they may pay into earlier ones. */
  finish(): void {
    const { a, b, kind } = this.#edits;
    for (let from = this.#lastMoved; from > 0; from--) {
      const to = this.#to[from]!;
      if (to === 0) continue;
      this.#to[from] = 0;
      const refund = this.#refund[from]!;
      const cost = a[from]!;
      a[from] = 0;
      if (kind[to] === EDIT.entry || kind[to] === EDIT.loop) b[to]! += cost;
      else a[to]! += cost;
      if (refund !== 0) a[refund]! -= cost;
    }
  }

  #growMoves(edit: number): void {
    const to = new Int32Array(2 * edit);
    to.set(this.#to);
    this.#to = to;
    const refund = new Int32Array(2 * edit);
    refund.set(this.#refund);
    this.#refund = refund;
  }

  #grow(): void {
    this.#size *= 2;
    const larger = frames(this.#size);
    for (const name of fieldNames) larger[name].set(this.#frames[name]);
    this.#frames = larger;
  }
}
