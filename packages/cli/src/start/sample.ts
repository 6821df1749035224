/**
 * The sample app of `myelin start --sample`: from its sources in the repository, ready-made in the published package.
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes, type PrincipalId, toHex } from '@myelin/core/base';
import { type Connection, readCanister } from '../client/index.ts';
import { createCanister, inspectModule, type InstallMode, installModule } from '../deploy/index.ts';
import { askProcess, type ProcessFailure, programBeside } from '../process/index.ts';
import { readCanisterIds, readJson, rememberCanisterId, writeWhole } from '../project/index.ts';
import { commandFailure } from '../terminal/index.ts';

/** An app that can be installed. */
export type SampleApp = {
  readonly name: string;
  readonly wasm: Uint8Array;
  /** Argument of install and upgrade. */
  readonly argument: Uint8Array;
};

/** Where the repository has it. A published copy must not look there: the folder may be one of its user's project. */
const SOURCE = new URL('../../../../examples/hello/src/index.ts', import.meta.url);
const BUILT = new URL('../sample/', import.meta.url);
const PROGRAM = programBeside(import.meta.url, 'sample-process');

/** The compiler and the bundler together. */
const LIMITS = { heapMiB: 2_048, timeMsMax: 300_000 };

async function readBytes(url: URL): Promise<Uint8Array> {
  return Uint8Array.from(await readFile(url));
}

/** Compiles the sample app, or reads it where it comes compiled. @throws IcError `SAMPLE_MISSING`, `SAMPLE_FAILED` */
export async function loadSampleApp(): Promise<SampleApp> {
  if (import.meta.url.endsWith('.ts') && existsSync(SOURCE)) {
    try {
      return await askProcess<SampleApp>(PROGRAM, { source: SOURCE.href }, LIMITS);
    } catch (error) {
      const { why, lines, cause } = error as ProcessFailure;
      throw commandFailure('SAMPLE_FAILED', `compiling the sample app ${why}`, 'correct what the lines above say, or leave --sample out', {
        cause,
        lines,
      });
    }
  }
  const wasmFile = new URL('hello.wasm.gz', BUILT);
  if (!existsSync(wasmFile)) {
    throw commandFailure(
      'SAMPLE_MISSING',
      'this installation has no sample app',
      "leave --sample out, and deploy a canister of your own with 'myelin deploy'",
    );
  }
  const [wasm, argument] = await Promise.all([readBytes(wasmFile), readBytes(new URL('hello.argument', BUILT))]);
  return { name: 'hello', wasm, argument };
}

export type InstalledSample = { readonly name: string; readonly id: PrincipalId; readonly action: InstallMode | 'unchanged' };

const recordPath = (folder: string): string => join(folder, 'sample.json');

/** Installs the app, upgrades it when it has changed, leaves it alone when not. @param stateFolder - undefined: nothing is remembered. */
export async function installSample(app: SampleApp, connection: Connection, stateFolder: string | undefined): Promise<InstalledSample> {
  const module = inspectModule(app.wasm, app.name);
  const argumentHash = createHash('sha256').update(app.argument).digest('hex');
  const known = stateFolder === undefined ? undefined : (await readCanisterIds(stateFolder, connection.rootKey)).get(app.name);
  const facts = known === undefined ? undefined : await readCanister(connection, known);
  const isThere = known !== undefined && facts?.controllers !== undefined;
  const id = isThere ? known : await createCanister(connection, undefined);
  if (stateFolder !== undefined && !isThere) {
    await rememberCanisterId(stateFolder, { rootKey: connection.rootKey, address: connection.url }, app.name, id);
  }
  const installed = isThere ? facts.moduleHash : undefined;
  if (installed !== undefined && stateFolder !== undefined && equalBytes(installed, module.hash)) {
    const record = (await readJson(recordPath(stateFolder))) as { readonly argument?: unknown } | undefined;
    if (record?.argument === argumentHash) return { name: app.name, id, action: 'unchanged' };
  }
  const action = installed === undefined ? 'install' : 'upgrade';
  await installModule(connection, id, module, { mode: action, argument: app.argument });
  if (stateFolder !== undefined) {
    await writeWhole(recordPath(stateFolder), `${JSON.stringify({ module: toHex(module.hash), argument: argumentHash }, undefined, 2)}\n`);
  }
  return { name: app.name, id, action };
}
