/**
 * Which canisters of a project are deployed, and in which order.
 * @module
 */
import { nearestWord } from '../command-line/index.ts';
import { commandFailure, type FailureDetail } from '../terminal/index.ts';
import { IcError } from '@myelin/core/base';
import type { CanisterEntry, Project, ProjectCanister, RemoteCanister } from './model.ts';

function entryOf({ entries, file }: Project, name: string): CanisterEntry {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry !== undefined) return entry;
  const names = entries.map((candidate) => candidate.name);
  const meant = nearestWord(name, names);
  const remedy = meant === undefined ? `there are: ${names.join(', ') || 'none'}` : `did you mean '${meant}'?`;
  throw commandFailure('PROJECT_CANISTER_UNKNOWN', `${file} has no canister '${name}'`, remedy);
}

/** The entries of these names and all that they depend on, in the order of the file; of no names, all. */
function withDependencies(project: Project, names: readonly string[]): CanisterEntry[] {
  const wanted = new Set(names.length === 0 ? project.entries : names.map((name) => entryOf(project, name)));
  for (const entry of wanted) {
    for (const name of entry.dependencies) {
      if (!project.entries.some((candidate) => candidate.name === name)) {
        throw entry.value.refuse(`depends on '${name}', which the file does not have`);
      }
      wanted.add(entryOf(project, name));
    }
  }
  return project.entries.filter((entry) => wanted.has(entry));
}

/**
 * Reads the canisters of these names and those that they depend on.
 * @throws IcError of the first that can not be deployed; the reasons of the others are its lines.
 */
export async function readCanisters(project: Project, names: readonly string[]): Promise<(ProjectCanister | RemoteCanister)[]> {
  const failures: IcError<FailureDetail>[] = [];
  const canisters: (ProjectCanister | RemoteCanister)[] = [];
  for (const entry of withDependencies(project, names)) {
    try {
      canisters.push(await entry.read());
    } catch (error) {
      if (!(error instanceof IcError)) throw error;
      failures.push(error as IcError<FailureDetail>);
    }
  }
  const [first, ...others] = failures;
  if (first === undefined) return canisters;
  if (others.length === 0) throw first;
  const { code, remedy } = first.detail;
  throw commandFailure(code, `${failures.length} canisters of ${project.file} can not be deployed; nothing was changed`, remedy, {
    lines: failures.map(({ message }) => message),
  });
}

/**
 * Sorts so that every canister comes after those it depends on; otherwise the order stays.
 * @throws IcError `PROJECT_DEPENDENCIES_CIRCULAR`
 */
export function inOrder<T extends { readonly name: string }>(items: readonly T[], dependenciesOf: (item: T) => readonly string[]): T[] {
  const sorted: T[] = [];
  const byName = new Map(items.map((item) => [item.name, item]));
  const path: string[] = [];
  const visit = (item: T): void => {
    if (sorted.includes(item)) return;
    if (path.includes(item.name)) {
      const circle = [...path.slice(path.indexOf(item.name)), item.name].join(' → ');
      throw commandFailure(
        'PROJECT_DEPENDENCIES_CIRCULAR',
        `canisters depend on each other in a circle: ${circle}`,
        'take one of the dependencies or imports out; a canister that is given an id as an argument needs none',
      );
    }
    path.push(item.name);
    for (const name of dependenciesOf(item)) {
      const dependency = byName.get(name);
      if (dependency !== undefined) visit(dependency);
    }
    path.pop();
    sorted.push(item);
  };
  for (const item of items) visit(item);
  return sorted;
}
