/**
 * Builds by commands: the steps of icp.yaml, the `custom` type of dfx.json, Rust.
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '@myelin/core/base';
import { readModuleFile } from '../canister-module/index.ts';
import type { BuildStep, PrebuiltSource, ProjectCanister } from '../manifest/index.ts';
import { commandFailure } from '../terminal/index.ts';
import { putMetadata } from './custom-sections.ts';
import { extractCandid } from './extract-candid.ts';
import type { BuildContext, BuiltModule, PreparedBuild } from './ports.ts';
import { takePrebuilt } from './prebuilt.ts';
import { findProgram, runProgram, runShell } from './shell.ts';
import { commandVariables } from './variables.ts';

const TARGET = 'wasm32-unknown-unknown';

function refuse(canister: ProjectCanister, why: string, remedy: string): Error {
  return commandFailure('PROJECT_UNSUPPORTED', `${canister.place}: ${why}`, remedy);
}

async function readCandid({ candid, place }: ProjectCanister): Promise<string | undefined> {
  if (candid === undefined) return undefined;
  if (existsSync(candid)) return await readFile(candid, 'utf8');
  throw commandFailure('PROJECT_FILE_INVALID', `${place}: the interface ${candid} does not exist`, 'correct the field candid');
}

/** A file that no command makes has to be there. */
function checkFile(canister: ProjectCanister, { from }: PrebuiltSource): void {
  if ('url' in from || existsSync(from.path)) return;
  throw commandFailure('PROJECT_FILE_INVALID', `${canister.place}: there is no file ${from.path}`, 'build it, or correct the path');
}

async function runCommands(
  canister: ProjectCanister,
  commands: readonly string[],
  context: BuildContext,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const place = { folder: canister.folder, variables: { ...commandVariables(context, canister.name), ...more } };
  for (const command of commands) {
    const shown = command.trim().split('\n', 1)[0] ?? '';
    await context.terminal.during(`Building ${canister.name}: ${shown}`, runShell(command, place));
  }
}

async function runSteps(canister: ProjectCanister, steps: readonly BuildStep[], context: BuildContext): Promise<BuiltModule> {
  const folder = await mkdtemp(join(tmpdir(), 'myelin-build-'));
  const file = join(folder, 'out.wasm');
  try {
    for (const step of steps) {
      if (step.kind === 'script') await runCommands(canister, step.commands, context, { ICP_WASM_OUTPUT_PATH: file });
      else await writeFile(file, await takePrebuilt(step, canister.place));
    }
    if (!existsSync(file)) {
      throw commandFailure(
        'BUILD_WITHOUT_MODULE',
        `${canister.place}: the build ended without a module`,
        'its last step has to write the module to the path in the variable ICP_WASM_OUTPUT_PATH',
      );
    }
    const bytes = await readModuleFile(file);
    return { bytes, candid: (await readCandid(canister)) ?? extractCandid(bytes) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws IcError `PROJECT_FILE_INVALID` */
export function prepareSteps(canister: ProjectCanister, steps: readonly BuildStep[]): PreparedBuild {
  for (const step of steps) {
    if (step.kind === 'script') break;
    checkFile(canister, step);
  }
  const files = steps.flatMap((step) => (step.kind === 'pre-built' && 'path' in step.from ? [step.from.path] : []));
  const runsCommands = steps.some(({ kind }) => kind === 'script');
  return {
    imports: [],
    needsIds: runsCommands,
    watched: { files, folders: runsCommands ? [canister.folder] : [] },
    build: (context) => runSteps(canister, steps, context),
  };
}

async function runCustom(
  canister: ProjectCanister,
  commands: readonly string[],
  wasm: PrebuiltSource,
  context: BuildContext,
): Promise<BuiltModule> {
  await runCommands(canister, commands, context);
  if ('path' in wasm.from && !existsSync(wasm.from.path)) {
    throw commandFailure(
      'BUILD_WITHOUT_MODULE',
      `${canister.place}: the build commands did not make ${wasm.from.path}`,
      "correct them, or the field 'wasm'",
    );
  }
  return { bytes: await takePrebuilt(wasm, canister.place), candid: await readCandid(canister) };
}

/** @throws IcError `PROJECT_FILE_INVALID` */
export function prepareCustom(canister: ProjectCanister, commands: readonly string[], wasm: PrebuiltSource): PreparedBuild {
  if (commands.length === 0) checkFile(canister, wasm);
  return {
    imports: [],
    needsIds: commands.length > 0,
    watched: {
      files: [
        ...('path' in wasm.from && commands.length === 0 ? [wasm.from.path] : []),
        ...(canister.candid === undefined ? [] : [canister.candid]),
      ],
      folders: commands.length > 0 ? [canister.folder] : [],
    },
    build: (context) => runCustom(canister, commands, wasm, context),
  };
}

async function buildRust(canister: ProjectCanister, name: string, isLocked: boolean, context: BuildContext): Promise<BuiltModule> {
  const place = { folder: canister.folder, variables: commandVariables(context, canister.name) };
  const words = ['build', '--target', TARGET, '--release', '--package', name, ...(isLocked ? ['--locked'] : [])];
  const shown = `cargo ${words.join(' ')}`;
  await context.terminal.during(`Building ${canister.name}: ${shown}`, runProgram('cargo', words, place, shown));
  const metadata = await runProgram('cargo', ['metadata', '--format-version', '1', '--no-deps'], place, 'cargo metadata');
  // Of a large workspace only the end is kept, which is where the folder stands.
  const folder = /"target_directory":("(?:[^"\\]|\\.)*")/.exec(metadata)?.[1];
  if (folder === undefined) throw commandFailure('BUILD_COMMAND_FAILED', 'cargo metadata does not name a target directory');
  const file = join(JSON.parse(folder) as string, TARGET, 'release', `${name.replaceAll('-', '_')}.wasm`);
  if (!existsSync(file)) {
    throw commandFailure(
      'BUILD_WITHOUT_MODULE',
      `${canister.place}: cargo did not make ${file}`,
      `the package ${name} needs crate-type = ["cdylib"] in the section [lib] of its Cargo.toml`,
    );
  }
  const bytes = await readModuleFile(file);
  const candid = await readCandid(canister);
  if (candid !== undefined) return { bytes, candid };
  // Where the project has no file of it the module's own interface is shown.
  const own = extractCandid(bytes);
  return { bytes: own === undefined ? bytes : putMetadata(bytes, 'candid:service', true, utf8(own)), candid: own };
}

/** Looks whether Rust is there with its WebAssembly target. @throws IcError `PROJECT_UNSUPPORTED` */
export async function prepareRust(canister: ProjectCanister, name: string, isLocked: boolean): Promise<PreparedBuild> {
  if (findProgram('cargo') === undefined) {
    throw refuse(canister, 'it is written in Rust, and cargo is not installed', 'install Rust from https://rustup.rs');
  }
  const place = { folder: canister.folder, variables: {} };
  const words = ['--print', 'target-libdir', '--target', TARGET];
  const library = findProgram('rustc') === undefined ? '' : (await runProgram('rustc', words, place, `rustc ${words.join(' ')}`)).trim();
  if (library !== '' && !existsSync(library)) {
    throw refuse(canister, `it is written in Rust, and Rust's target ${TARGET} is not installed`, `run 'rustup target add ${TARGET}'`);
  }
  return {
    imports: [],
    needsIds: true,
    watched: { files: [], folders: [canister.folder] },
    build: (context) => buildRust(canister, name, isLocked, context),
  };
}
