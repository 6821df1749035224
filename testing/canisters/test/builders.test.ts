/** Every builder gives a module that V8 accepts and that has the entry points its source names. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  addCustomSections,
  assembleAssemblyScript,
  azleCanister,
  cCanister,
  compileMotoko,
  exportNames,
  ic0Imports,
  motokoCanister,
  motokoCanisters,
  padModule,
  script,
  universalCanister,
  wat,
  type MotokoCanisterName,
} from '@myelin/test-canisters';

/** Node's types do not know WebAssembly in every configuration; these are the parts that are used. */
type WasmModule = { readonly __wasmModule: never };
type WasmNamespace = {
  readonly Module: (new (bytes: Uint8Array) => WasmModule) & {
    customSections(module: WasmModule, name: string): ArrayBuffer[];
    imports(module: WasmModule): { readonly module: string; readonly name: string }[];
  };
};
const { Module } = (globalThis as unknown as { readonly WebAssembly: WasmNamespace }).WebAssembly;

/** Compiles, and checks that the System API is all that is imported. */
function assertCanister(wasm: Uint8Array, ...entryPoints: readonly string[]): WasmModule {
  const module = new Module(wasm);
  for (const { module: from, name } of Module.imports(module)) assert.equal(from, 'ic0', `imports ${from}.${name}`);
  const names = exportNames(wasm);
  for (const entryPoint of entryPoints) assert.ok(names.includes(entryPoint), `no export '${entryPoint}' among ${names.join(', ')}`);
  return module;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('Motoko', () => {
  const entryPoints: Readonly<Partial<Record<MotokoCanisterName, string>>> = {
    composite: 'canister_composite_query sum',
    counter: 'canister_update inc',
    heartbeat: 'canister_heartbeat',
    http: 'canister_query http_request',
    inspect: 'canister_inspect_message',
    'low-memory': 'canister_on_low_wasm_memory',
    timers: 'canister_global_timer',
  };
  for (const name of Object.keys(motokoCanisters) as MotokoCanisterName[]) {
    it(`${name}: ${motokoCanisters[name]}`, async () => {
      const { wasm, candid } = await motokoCanister(name);
      assertCanister(wasm, 'canister_init', ...(entryPoints[name] === undefined ? [] : [entryPoints[name]]));
      assert.match(candid, /service/);
    });
  }

  it('gives both persistence modes, which differ', async () => {
    const enhanced = await motokoCanister('stable');
    const classic = await motokoCanister('stable', { mode: 'classicOP' });
    assert.equal(Module.customSections(assertCanister(enhanced.wasm), 'icp:private enhanced-orthogonal-persistence').length, 1);
    assert.equal(Module.customSections(assertCanister(classic.wasm), 'icp:private enhanced-orthogonal-persistence').length, 0);
    assert.match(enhanced.stableTypes, /names/);
  });

  it('gives the same bytes for the same source, whatever was compiled before', async () => {
    // The texts differ by a unique comment, so that nothing comes from the cache, and comments leave no trace in the module.
    const source = (mark: number): string =>
      `// ${mark} ${process.pid} ${performance.now()}\npersistent actor { public query func one() : async Nat { 1 } }`;
    const [first, second] = [await compileMotoko(source(1)), await compileMotoko(source(2))];
    assert.equal(sha256(first.wasm), sha256(second.wasm));
  });

  it('says what is wrong and where', async () => {
    await assert.rejects(compileMotoko('persistent actor {\n  let n : Nat = "text";\n}'), /Main\.mo:2:\d+: error \[M0050\]/);
  });
});

describe('AssemblyScript', () => {
  it('names entry points with a space', async () => {
    const source =
      '@external("ic0", "msg_reply") declare function msg_reply(): void;\nexport function canister_update__ping(): void { msg_reply(); }';
    assertCanister(await assembleAssemblyScript(source), 'canister_update ping');
  });

  it('says what is wrong', async () => {
    await assert.rejects(assembleAssemblyScript('export function f(): i32 { return "text"; }'), /does not compile[\s\S]*TS2322/);
  });
});

describe('the universal canister', () => {
  it('has every method, and the entry points that were asked for', async () => {
    const plain = await universalCanister();
    assertCanister(
      plain,
      'canister_init',
      'canister_post_upgrade',
      'canister_update update',
      'canister_query query',
      'canister_global_timer',
    );
    assert.ok(!exportNames(plain).includes('canister_heartbeat'));
    assertCanister(await universalCanister(['canister_heartbeat']), 'canister_heartbeat');
  });

  it('encodes programs: values push, numbers are little-endian, programs inside are data', () => {
    assert.deepEqual([...script.program(script.reply('a'))], [0, 1, 0, 0, 0, 97, 69, 70]);
    assert.deepEqual([...script.program(script.spin(258))], [0, 8, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 14]);
    const inner = script.program(script.unreachable());
    assert.deepEqual([...script.program(script.onTimer(inner))], [0, 1, 0, 0, 0, 16, 24]);
  });
});

describe('the text format', () => {
  it('assembles with System API imports for either pointer width', async () => {
    const names = ['msg_reply', 'msg_reply_data_append', 'stable64_write'];
    const body = '(func (export "canister_update ping") (call $msg_reply))';
    assertCanister(await wat(`(module ${ic0Imports(names)} (memory 1) ${body})`), 'canister_update ping');
    assertCanister(await wat(`(module ${ic0Imports(names, 'i64')} (memory i64 1) ${body})`), 'canister_update ping');
  });

  it('says which line is wrong', async () => {
    await assert.rejects(wat('(module\n (func (nonsense)))'), /canister\.wat#?:2:/);
    assert.throws(() => ic0Imports(['no_such_function']), /no_such_function/);
  });
});

describe('fixtures', () => {
  it('C: counter with stable memory and a timer', async () => {
    assertCanister(await cCanister(), 'canister_update inc', 'canister_query get_stable', 'canister_global_timer', 'canister_pre_upgrade');
  });

  it('Azle: TypeScript inside a Rust-built engine', async () => {
    const { wasm, gzipped, candid } = await azleCanister();
    assertCanister(wasm, 'canister_init', 'canister_update sign', 'canister_query list');
    assert.ok(gzipped.length < wasm.length);
    assert.match(candid, /greetThrough/);
  });
});

describe('padding', () => {
  it('reaches the wanted size with a data segment or a custom section', async () => {
    const { wasm } = await azleCanister();
    const size = 20 * 1024 * 1024;
    for (const place of ['data', 'custom'] as const) {
      const padded = padModule(wasm, size, { place });
      assert.ok(padded.length >= size && padded.length < size + 32, `${place}: ${padded.length} bytes`);
      assertCanister(padded, 'canister_update sign');
    }
  });

  it('adds a data section to a module without one', async () => {
    const wasm = await wat('(module (memory 1) (func (export "canister_init")))');
    assertCanister(padModule(wasm, 1000, { place: 'data' }), 'canister_init');
  });

  it('refuses a size that the module has already', async () => {
    assert.throws(() => padModule(new Uint8Array(8), 8, { place: 'custom' }), RangeError);
  });
});

it('adds custom sections', async () => {
  const wasm = addCustomSections(await wat('(module)'), { 'icp:public note': new TextEncoder().encode('hello') });
  const [contents] = Module.customSections(new Module(wasm), 'icp:public note');
  assert.equal(new TextDecoder().decode(contents), 'hello');
});
