/**
 * The subtype relation: whether every value of one type may stand where another is expected.
 *
 * Decoding itself follows the values and asks this relation for references only, as nothing else is known of what they refer to.
 * Coinductive: a pair of types that is met again while it is being checked holds.
 * Source: Candid specification, "Subtyping".
 * @module
 */
import { candidError } from './errors.ts';
import { SUBTYPE_STEPS_MAX } from './limits.ts';
import { labelToText, typeToText } from './type-text.ts';
import { compareText, methodType, resolveType } from './types.ts';
import type { FuncNode, RecordNode, ResolvedNode, ServiceNode, TypeNode, VariantNode } from './types.ts';

/** The outcome of a check. */
export type SubtypeCheck = {
  /** Undefined when the relation holds, else where and why it does not. */
  readonly reason: string | undefined;
  /** Where it holds only because an `opt` accepts anything by reading it as null: values are lost there. */
  readonly losses: readonly string[];
  /** Pairs of types that were compared: the cost. */
  readonly steps: number;
};

type Check = {
  /** Pairs that hold as far as is known; each is also on the trail, so that a failed attempt under `opt` can be taken back. */
  readonly assumed: Map<ResolvedNode, Set<ResolvedNode>>;
  readonly trail: (readonly [sub: ResolvedNode, sup: ResolvedNode])[];
  /** Pairs that do not hold. Assumptions can only make a check succeed, so a failure is final. */
  readonly refuted: Map<ResolvedNode, Map<ResolvedNode, string>>;
  readonly stepsMax: number;
  /** Whether to look for losses under `opt`, which decides nothing. */
  readonly findLosses: boolean;
  readonly losses: string[];
  steps: number;
};

/**
 * Checks whether `sub` is a subtype of `sup`.
 * @throws IcError `CANDID_LIMIT_EXCEEDED` when that takes more than `stepsMax` steps.
 */
export function checkSubtype(
  sub: TypeNode,
  sup: TypeNode,
  options: { readonly stepsMax?: number; readonly findLosses?: boolean } = {},
): SubtypeCheck {
  const check: Check = {
    assumed: new Map(),
    trail: [],
    refuted: new Map(),
    stepsMax: options.stepsMax ?? SUBTYPE_STEPS_MAX,
    findLosses: options.findLosses ?? false,
    losses: [],
    steps: 0,
  };
  const reason = compare(check, sub, sup, '');
  return { reason, losses: check.losses, steps: check.steps };
}

/** Why `subNode` is not a subtype of `supNode`, or undefined. */
function compare(check: Check, subNode: TypeNode, supNode: TypeNode, path: string): string | undefined {
  const sub = resolveType(subNode);
  const sup = resolveType(supNode);
  countStep(check);
  if (sub === sup || sup.kind === 'reserved' || sub.kind === 'empty') return undefined;
  if (check.assumed.get(sub)?.has(sup)) return undefined;
  const refuted = check.refuted.get(sub)?.get(sup);
  if (refuted !== undefined) return refuted;
  check.trail.push([sub, sup]);
  rememberPair(check.assumed, sub, () => new Set<ResolvedNode>()).add(sup);
  const reason = compareKinds(check, sub, sup, path);
  if (reason !== undefined) rememberPair(check.refuted, sub, () => new Map<ResolvedNode, string>()).set(sup, reason);
  return reason;
}

function rememberPair<T>(map: Map<ResolvedNode, T>, sub: ResolvedNode, create: () => T): T {
  let sups = map.get(sub);
  if (sups === undefined) map.set(sub, (sups = create()));
  return sups;
}

function compareKinds(check: Check, sub: ResolvedNode, sup: ResolvedNode, path: string): string | undefined {
  if (sup.kind === 'opt') return check.findLosses ? compareUnderOpt(check, sub, sup.inner, path) : undefined;
  if (sub.kind === 'vec' && sup.kind === 'vec') return compare(check, sub.inner, sup.inner, `${path}[…]`);
  if (sub.kind === 'record' && sup.kind === 'record') return compareRecords(check, sub, sup, path);
  if (sub.kind === 'variant' && sup.kind === 'variant') return compareVariants(check, sub, sup, path);
  if (sub.kind === 'func' && sup.kind === 'func') return compareFuncs(check, sub, sup, path);
  if (sub.kind === 'service' && sup.kind === 'service') return compareServices(check, sub, sup, path);
  if (sub.kind === 'service' && sup.kind === 'principal') return undefined;
  if (sub.kind === 'nat' && sup.kind === 'int') return undefined;
  if (sub.kind === sup.kind && sub.kind !== 'future') return undefined;
  return `${at(path)}${typeToText(sub, { depthMax: 2 })} is not a subtype of ${typeToText(sup, { depthMax: 2 })}`;
}

function at(path: string): string {
  return path === '' ? '' : `at ${path.startsWith('.') ? path.slice(1) : path.trimStart()}: `;
}

function countStep(check: Check): void {
  if (++check.steps > check.stepsMax) {
    throw candidError('CANDID_LIMIT_EXCEEDED', `comparing two types takes more than ${check.stepsMax} steps`);
  }
}

/** Everything is a subtype of `opt inner`; notes whether values get lost. */
function compareUnderOpt(check: Check, sub: ResolvedNode, inner: TypeNode, path: string): undefined {
  if (sub.kind === 'null' || sub.kind === 'reserved') return undefined;
  const mark = check.trail.length;
  const reason = compare(check, sub.kind === 'opt' ? sub.inner : sub, inner, path);
  if (reason === undefined) return undefined;
  check.losses.push(reason);
  // The failure does not end the whole check here, so what was assumed on the way must go.
  for (const [trialSub, trialSup] of check.trail.splice(mark)) check.assumed.get(trialSub)!.delete(trialSup);
  return undefined;
}

/** Whether a field or argument of this type may be left out. */
export function isOptional(node: TypeNode): boolean {
  const { kind } = resolveType(node);
  return kind === 'opt' || kind === 'null' || kind === 'reserved';
}

function compareRecords(check: Check, sub: RecordNode, sup: RecordNode, path: string): string | undefined {
  let index = 0;
  for (const field of sup.fields) {
    countStep(check);
    while (index < sub.fields.length && sub.fields[index]!.id < field.id) index++;
    const own = sub.fields[index];
    if (own?.id === field.id) {
      const reason = compare(check, own.type, field.type, `${path}.${labelToText(nameOf(own, field))}`);
      if (reason !== undefined) return reason;
    } else if (!isOptional(field.type)) {
      return `${at(path)}the field ${labelToText(field)} is missing and not optional`;
    }
  }
  return undefined;
}

function compareVariants(check: Check, sub: VariantNode, sup: VariantNode, path: string): string | undefined {
  let index = 0;
  for (const tag of sub.fields) {
    countStep(check);
    while (index < sup.fields.length && sup.fields[index]!.id < tag.id) index++;
    const expected = sup.fields[index];
    if (expected?.id !== tag.id) return `${at(path)}the tag ${labelToText(tag)} is not expected`;
    const reason = compare(check, tag.type, expected.type, `${path}.${labelToText(nameOf(tag, expected))}`);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Of two fields with the same label, the one that has a name. */
function nameOf<T extends { readonly name: string }>(one: T, other: T): T {
  return one.name.startsWith('_') ? other : one;
}

function compareFuncs(check: Check, sub: FuncNode, sup: FuncNode, path: string): string | undefined {
  if (sub.annotations.join() !== sup.annotations.join()) {
    return `${at(path)}the function is ${sub.annotations.join(' ') || 'an update'} and not ${sup.annotations.join(' ') || 'an update'}`;
  }
  return (
    compareSequences(check, sup.args, sub.args, `${path} argument`) ?? compareSequences(check, sub.results, sup.results, `${path} result`)
  );
}

function compareSequences(check: Check, sub: readonly TypeNode[], sup: readonly TypeNode[], path: string): string | undefined {
  for (let index = 0; index < sup.length; index++) {
    countStep(check);
    if (index < sub.length) {
      const reason = compare(check, sub[index]!, sup[index]!, `${path} ${index + 1}`);
      if (reason !== undefined) return reason;
    } else if (!isOptional(sup[index]!)) {
      return `${at(`${path} ${index + 1}`)}it is missing and not optional`;
    }
  }
  return undefined;
}

function compareServices(check: Check, sub: ServiceNode, sup: ServiceNode, path: string): string | undefined {
  let index = 0;
  for (const method of sup.methods) {
    countStep(check);
    while (index < sub.methods.length && compareText(sub.methods[index]!.name, method.name) < 0) index++;
    const own = sub.methods[index];
    if (own?.name !== method.name) return `${at(path)}the method '${method.name}' is missing`;
    const reason = compare(check, methodType(own), methodType(method), `${path}.${method.name}`);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
