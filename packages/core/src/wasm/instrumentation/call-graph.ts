/**
 * Which functions count their stack.
 *
 * Only functions that may be on the stack more than once must count: those that can reach themselves by calls, directly or through a table. All
 * others together make at most one chain, whose frames the limit leaves room for; where that chain would become too long, more functions
 * count. A call through a table may reach every function of its type that the module ever refers to.
 * @module
 */
import { CHAIN_SLOTS_MAX } from './depth-limit.ts';

/** Calls among the functions of a module and, beyond them, nodes that stand for calls through tables by type. */
export class CallGraph {
  readonly #weights: Int32Array;
  readonly #nodes: number;
  /** Calls of node n: `#callees[#starts[n]] ... #callees[#starts[n + 1] - 1]`. */
  readonly #starts: Int32Array;
  #callees: Int32Array = new Int32Array(1024);
  #count = 0;
  #added = 0;

  constructor(nodes: number) {
    this.#nodes = nodes;
    this.#weights = new Int32Array(nodes);
    this.#starts = new Int32Array(nodes + 1);
  }

  /** Adds the next node: slots of its frame and what it calls. */
  add(weight: number, callees: readonly number[]): void {
    const node = this.#added++;
    this.#weights[node] = weight;
    if (this.#count + callees.length > this.#callees.length) {
      const larger = new Int32Array(2 * (this.#count + callees.length));
      larger.set(this.#callees);
      this.#callees = larger;
    }
    for (const callee of callees) this.#callees[this.#count++] = callee;
    this.#starts[this.#added] = this.#count;
  }

  /** For each node 1 if it must count its stack. */
  counting(): Uint8Array {
    const { components, isCyclic } = this.#components();
    const counts = new Uint8Array(this.#nodes);
    /** Slots of the longest chain of frames that are not counted, from the component on. */
    const chains = new Int32Array(isCyclic.length);
    const members = membersOf(components, isCyclic.length);
    // Components are numbered callees first.
    for (let component = 0; component < isCyclic.length; component++) {
      let below = 0;
      for (let member = members.starts[component]!; member < members.starts[component + 1]!; member++) {
        below = Math.max(below, this.#longestBelow(members.list[member]!, component, components, chains));
      }
      const node = members.list[members.starts[component]!]!;
      const chain = below + this.#weights[node]!;
      const isCounted = isCyclic[component] !== 0 || chain > CHAIN_SLOTS_MAX;
      chains[component] = isCounted ? below : chain;
      if (!isCounted) continue;
      for (let member = members.starts[component]!; member < members.starts[component + 1]!; member++) counts[members.list[member]!] = 1;
    }
    return counts;
  }

  #longestBelow(node: number, component: number, components: Int32Array, chains: Int32Array): number {
    let longest = 0;
    for (let edge = this.#starts[node]!; edge < this.#starts[node + 1]!; edge++) {
      const callee = components[this.#callees[edge]!]!;
      if (callee !== component) longest = Math.max(longest, chains[callee]!);
    }
    return longest;
  }

  /** Strongly connected components, after Tarjan; a component is numbered after all that it calls. */
  #components(): { readonly components: Int32Array; readonly isCyclic: Uint8Array } {
    const nodes = this.#nodes;
    const order = new Int32Array(nodes);
    const lowest = new Int32Array(nodes);
    const components = new Int32Array(nodes).fill(-1);
    const next = this.#starts.slice(0, nodes);
    const stack = new Int32Array(nodes);
    const path = new Int32Array(nodes);
    const cyclic: number[] = [];
    let visited = 0;
    let stacked = 0;
    for (let root = 0; root < nodes; root++) {
      if (order[root] !== 0) continue;
      let depth = 0;
      path[0] = root;
      order[root] = lowest[root] = ++visited;
      stack[stacked++] = root;
      while (depth >= 0) {
        const node = path[depth]!;
        const edge = next[node]!;
        if (edge < this.#starts[node + 1]!) {
          next[node] = edge + 1;
          const callee = this.#callees[edge]!;
          if (order[callee] === 0) {
            order[callee] = lowest[callee] = ++visited;
            stack[stacked++] = callee;
            path[++depth] = callee;
          } else if (components[callee] === -1) lowest[node] = Math.min(lowest[node]!, order[callee]!);
          continue;
        }
        depth--;
        if (depth >= 0) lowest[path[depth]!] = Math.min(lowest[path[depth]!]!, lowest[node]!);
        if (lowest[node] !== order[node]) continue;
        const first = stacked;
        do components[stack[--stacked]!] = cyclic.length;
        while (stack[stacked] !== node);
        cyclic.push(first - stacked > 1 || this.#callsItself(node) ? 1 : 0);
      }
    }
    return { components, isCyclic: Uint8Array.from(cyclic) };
  }

  #callsItself(node: number): boolean {
    for (let edge = this.#starts[node]!; edge < this.#starts[node + 1]!; edge++) if (this.#callees[edge] === node) return true;
    return false;
  }
}

/** Nodes by component. */
function membersOf(components: Int32Array, count: number): { readonly starts: Int32Array; readonly list: Int32Array } {
  const starts = new Int32Array(count + 1);
  for (const component of components) starts[component + 1]!++;
  for (let component = 0; component < count; component++) starts[component + 1]! += starts[component]!;
  const filled = starts.slice();
  const list = new Int32Array(components.length);
  for (const [node, component] of components.entries()) list[filled[component]!++] = node;
  return { starts, list };
}
