/**
 * Arguments of the Motoko compiler, as project files hold them: what is meant by them here.
 *
 * The compiler comes as a library, which does not take all that its command line takes. What it does not take is refused by name: to leave an
 * argument out in silence would compile another program.
 * @module
 */
import { resolve } from 'node:path';
import type { MotokoJob, PersistenceMode } from './job.ts';

/** What the arguments say. Paths are absolute. */
export type MotokoFlags = {
  readonly mode: PersistenceMode | undefined;
  readonly collector: NonNullable<MotokoJob['collector']> | undefined;
  /** Folders of packages by name. */
  readonly packages: Readonly<Record<string, string>>;
  /** Ids of canisters by the name that they are imported under. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Folder with the interfaces of canisters: `<id>.did`. */
  readonly interfaceFolder: string | undefined;
  readonly publicMetadata: readonly string[];
  /** For the compiler as they are. */
  readonly others: readonly string[];
};

/** Arguments with a value that the compiler takes as they are. */
const VALUES_PASSED = new Set(['-A', '-W', '-E', '--error-detail', '--implicit-derivation-depth']);
const SWITCHES_PASSED = new Set(['-Werror', '--hide-warnings', '--default-persistent-actors', '--all-libs']);
/** They change what is printed, or ask for what is done anyway. */
const WITHOUT_EFFECT = new Set(['-v', '-c', '--print-warnings', '--error-recovery', '--idl', '--stable-types']);

const MODES: Readonly<Record<string, PersistenceMode>> = {
  '--enhanced-orthogonal-persistence': 'enhancedOP',
  '--legacy-persistence': 'classicOP',
};
const COLLECTORS: Readonly<Record<string, NonNullable<MotokoJob['collector']>>> = {
  '--incremental-gc': 'incremental',
  '--generational-gc': 'generational',
  '--copying-gc': 'copying',
  '--compacting-gc': 'marking',
};

/**
 * Reads arguments.
 *
 * @param folder - what paths are relative to.
 * @param refuse - makes the error for an argument that is not taken.
 */
export function readMotokoFlags(words: readonly string[], folder: string, refuse: (why: string) => Error): MotokoFlags {
  let mode: PersistenceMode | undefined;
  let collector: MotokoFlags['collector'];
  let interfaceFolder: string | undefined;
  const packages: Record<string, string> = {};
  const aliases: Record<string, string> = {};
  const publicMetadata: string[] = [];
  const others: string[] = [];
  let next = 0;
  const value = (word: string): string => {
    const text = words[next++];
    if (text === undefined) throw refuse(`ends after '${word}', which needs a value`);
    return text;
  };
  while (next < words.length) {
    const word = words[next++] ?? '';
    const [head = '', inline] = word.split(/=(.*)/s);
    if (word in MODES) mode = MODES[word];
    else if (word in COLLECTORS) collector = COLLECTORS[word];
    else if (SWITCHES_PASSED.has(word)) others.push(word);
    else if (VALUES_PASSED.has(head)) others.push(head, inline ?? value(word));
    else if (word === '--package') packages[value(word)] = resolve(folder, value(word));
    else if (word === '--actor-alias') aliases[value(word)] = value(word);
    else if (word === '--actor-idl') interfaceFolder = resolve(folder, value(word));
    else if (word === '--public-metadata') publicMetadata.push(value(word));
    else if (!WITHOUT_EFFECT.has(word)) throw refuse(`has '${word}', which the Motoko compiler that comes along does not take`);
  }
  if (collector !== undefined && collector !== 'incremental' && mode !== 'classicOP') {
    throw refuse('names a garbage collector that goes with --legacy-persistence only');
  }
  return { mode, collector, packages, aliases, interfaceFolder, publicMetadata, others };
}
