/**
 * The open blocks, loops and ifs of a body while it is scanned, the function's own body at depth 0.
 */

/** First byte of the instruction that opens the structure. */
export const LOOP = 0x03;
export const IF = 0x04;

/** A hot handle, used for one body after the other. */
export class StructureStack {
  depth = -1;
  /** Number of open loops, and of edits when each began. */
  loops = 0;
  loopStarts: Int32Array = new Int32Array(64);
  kind: Int32Array = new Int32Array(64);
  /** Height of the operand stack below the parameters. */
  height: Int32Array = new Int32Array(64);
  parameters: Int32Array = new Int32Array(64);
  results: Int32Array = new Int32Array(64);
  /** Unique for each structure, and for each of the two parts of an if. */
  region: Int32Array = new Int32Array(64);
  #regions = 0;

  begin(): void {
    this.depth = -1;
    this.loops = 0;
  }

  open(kind: number, height: number, parameters: number, results: number): void {
    const depth = ++this.depth;
    if (depth >= this.kind.length) this.#grow();
    this.kind[depth] = kind;
    this.height[depth] = height;
    this.parameters[depth] = parameters;
    this.results[depth] = results;
    this.region[depth] = ++this.#regions;
  }

  /** The innermost structure is a loop whose body begins after so many edits. */
  enterLoop(edits: number): void {
    if (this.loops >= this.loopStarts.length) this.loopStarts = grown(this.loopStarts);
    this.loopStarts[this.loops++] = edits;
  }

  /** The second part of an if begins. */
  enterElse(): void {
    this.region[this.depth] = ++this.#regions;
  }

  close(): void {
    if (this.kind[this.depth] === LOOP) this.loops--;
    this.depth--;
  }

  /** Operands that a branch to the label takes along. */
  labelArity(label: number): number {
    const target = this.depth - label;
    const isLoop = target > 0 && this.kind[target] === LOOP;
    return isLoop ? this.parameters[target]! : this.results[target]!;
  }

  #grow(): void {
    this.kind = grown(this.kind);
    this.height = grown(this.height);
    this.parameters = grown(this.parameters);
    this.results = grown(this.results);
    this.region = grown(this.region);
  }
}

function grown(old: Int32Array): Int32Array {
  const array = new Int32Array(2 * old.length);
  array.set(old);
  return array;
}
