/**
 * Builds the canister: Azle compiles src/index.ts, and the interface that it writes goes into the module, for everybody to ask for.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const name = '{{name}}';
const folder = new URL('./build/', import.meta.url);
const path = (file) => fileURLToPath(new URL(file, folder));

// Azle wants to be told in a dfx.json what to compile; nothing else reads this one.
mkdirSync(folder, { recursive: true });
writeFileSync(path('dfx.json'), JSON.stringify({ canisters: { [name]: { type: 'azle', main: '../src/index.ts' } } }));
const program = fileURLToPath(new URL('../../build.ts', import.meta.resolve('azle')));
execFileSync(process.execPath, ['--import', import.meta.resolve('tsx'), program, 'build', name], {
  env: { ...process.env, AZLE_DFX_ROOT: path('.'), CANISTER_CANDID_PATH: path(`${name}.did`) },
  stdio: 'inherit',
});

/** Unsigned LEB128, as WebAssembly writes lengths. */
function leb128(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb128(value >>> 7)];
}

const section = Buffer.from('icp:public candid:service');
const content = Buffer.concat([Buffer.from(leb128(section.length)), section, readFileSync(path(`${name}.did`))]);
const module = readFileSync(path(`.azle/${name}/${name}.wasm`));
writeFileSync(path(`${name}.wasm`), Buffer.concat([module, Buffer.from([0, ...leb128(content.length)]), content]));
