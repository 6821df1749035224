/**
 * What the rules of tidy know about this repository. To change an architectural boundary is to change a line here.
 * @module
 */

/** Imports between packages go to a lower rank only. Tests, benchmarks and examples stand above all of them. */
export const PACKAGE_RANK: Readonly<Record<string, number>> = {
  '@myelin/core': 0,
  '@myelin/engine': 1,
  '@myelin/network': 2,
  '@myelin/node': 3,
  myelin: 4,
};

/** Imports between the folders of the core go to a lower rank only, through the folder's index. */
export const CORE_FOLDER_RANK: Readonly<Record<string, number>> = {
  base: 0,
  codec: 1,
  candid: 2,
  certification: 2,
  wasm: 2,
  crypto: 3,
  state: 4,
  execution: 5,
};

/** Longest source file, in lines. */
export const FILE_LINES_MAX = 500;

/** Tables and encodings that read better in one piece, with the reason. */
export const LONG_FILES: Readonly<Record<string, string>> = {
  'packages/core/src/wasm/instrumentation/body-scanner.ts': 'one pass over a function body: its cases share the state of the pass',
};

/** Names that say nothing about what is inside. */
export const VAGUE_NAME = /^(utils?|helpers?|common|misc|managers?|internals?|shared|stuff)(\.|$)/;

/** JavaScript that is not compiled from TypeScript, with the reason. */
export const JAVASCRIPT_FILES: Readonly<Record<string, string>> = {
  'tools/run.js': 'must run on any Node to say which one is needed',
  'packages/cli/bin/myelin.js': 'must run on any Node to say which one is needed',
  'packages/cli/templates/assemblyscript/canister-transform.js': 'the AssemblyScript compiler loads it on whatever Node it runs',
  'packages/cli/templates/typescript/build.js': 'builds on whatever Node npm runs',
};

/** What ES itself offers and a replicated state machine must not use; oxlint bans the globals, these are words and methods. */
export const CORE_BANNED: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/\basync\b/, 'nothing waits inside the core: yield a request to the host'],
  [/\bawait\b/, 'nothing waits inside the core: yield a request to the host'],
  [/\.localeCompare\b|\.toLocale\w*\b/, 'locale data differs between engines'],
  [/\.to(?:Lower|Upper)Case\b|\.normalize\b/, 'Unicode tables differ between engine versions'],
  [/\bsetTimeout\b|\bqueueMicrotask\b/, 'time and order come from the batch'],
];

/** Words that must not be left in sources or documents. */
export const LEFTOVERS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/\b(?:TODO|FIXME|XXX|HACK)\b/, 'finish it, or write it down as an issue'],
  [/@ts-(?:ignore|nocheck)\b/, 'repair the type, or use @ts-expect-error with the reason'],
  [/@ts-expect-error\s*$/, 'say why after it'],
  [/oxlint-disable(?!.*--\s*\S)/, 'say why after `--`'],
];

/** Test switches that hide tests. */
export const HIDDEN_TESTS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/\b(?:it|test|describe|suite)\.(?:only|todo)\b|\bonly:\s*true/, 'it hides other tests'],
  [/\b(?:it|test|describe|suite)\.skip\b|\bskip:\s*true|\.skip\(\s*\)/, 'give `skip` a reason: a text, not `true`'],
];

/** Sources speak of the project alone: not of the machine or the work that made them. */
export const FOREIGN_WORDS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/(?:^|[\s'"`(=:])\/(?:work|root|home|Users)\/[\w.]/, 'a path of one machine'],
  [/https?:\/\/(?:registry\.|[\w.-]*(?:artifactory|nexus|verdaccio))[\w.-]*/i, 'the host of a package registry'],
  [/\b(?:this|that|previous|next|earlier|another) (?:coding )?session\b/i, 'the history of the work'],
  [/\b(?:sub-?agent|language model|AI[- ](?:assistant|generated|written))\b/i, 'the history of the work'],
  [/\b(?:the|my|your) brief\b/i, 'the history of the work'],
  [/\bissue #\d+\b/i, 'a number that means nothing to the reader'],
];

/** Files that hold these words because they are about them. */
export const WORD_TABLES: readonly string[] = ['tools/tidy/tables.ts', 'tools/test/tidy.test.ts'];

/** Texts in the shape of an error code that are something else: domain separators, environment variables (also of other tools), reject classes of the IC. */
export const NOT_ERROR_CODES =
  /^(?:BLS_SIG_.*|SYS_(?:FATAL|TRANSIENT|UNKNOWN)|CANISTER_(?:REJECT|ERROR)|DESTINATION_INVALID|MYELIN_.*|XDG_.*|EAI_.*|CHROMIUM_PATH|NO_COLOR|FORCE_COLOR|CANISTER_ID|ICP_CLI_CID|MOPS_ENV)$/;

/** Documents that list error codes, a table row each. */
export const ERROR_DOCUMENTS: readonly string[] = ['docs/errors.md', 'docs/wasm-rules.md'];
