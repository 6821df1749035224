/**
 * Runs one test script: every module through parser and validator, those that can be hosted through the instrumentation and V8, every
 * assertion against the instrumented module.
 * @module
 */
import { parseModule, validateModule } from '../../../src/wasm/index.ts';
import type { FunctionType, ParsedModule, WasmRefusal } from '../../../src/wasm/index.ts';
import { EXTERNREF, FUNCREF } from '../../../src/wasm/value-types.ts';
import { assembleFields } from '../text/module.ts';
import type { Action, Command, Pattern, ScriptModule } from '../text/script.ts';
import type { Node } from '../text/tree.ts';
import { Caller, fromHost } from './caller.ts';
import type { Call } from './caller.ts';
import { instantiate } from './instance.ts';
import type { Exports, ImportValue, Imports } from './instance.ts';
import { defineSpectestImports, modulesSharedBy, spectestFunctions } from './spectest.ts';
import { isExpectedTrap } from './traps.ts';
import { matches, resultText } from './values.ts';
import type { Result } from './values.ts';

/** What ran, by category. */
export const CATEGORIES = [
  'module accepted',
  'module instrumented and run',
  'assert_invalid',
  'assert_malformed',
  'assert_return',
  'assert_trap',
  'assert_exhaustion',
  'assert_trap of a module',
  'assert_unlinkable accepted',
  'action',
] as const;
export type Category = (typeof CATEGORIES)[number];

export type Report = {
  readonly ran: Record<Category, number>;
  /** Modules that a rule refuses although the script says that they are valid: rule to count. */
  readonly refused: Record<string, number>;
  /** Valid modules that were validated but not run: reason to count. */
  readonly notRun: Record<string, number>;
  /** Assertions and actions on modules that were refused or not run. */
  skipped: number;
  /** Assertions about the text format or its annotations. */
  textOnly: number;
  readonly failures: string[];
};

/** `uses`: the instances whose functions it imports. */
type Instance = {
  readonly uses: readonly Instance[];
  readonly module: ParsedModule;
  readonly exports: Exports;
  readonly refill: () => void;
  readonly caller: Caller;
};
/** A module that is there but does not run. */
type Absent = { readonly absent: string };

function isAbsent(instance: Instance | Absent | undefined): instance is Absent | undefined {
  return instance === undefined || 'absent' in instance;
}

function dependsOn(instance: Instance | Absent | undefined, partner: Instance): boolean {
  return !isAbsent(instance) && (instance === partner || instance.uses.some((used) => dependsOn(used, partner)));
}

type Validated = { readonly ok: true; readonly value: ParsedModule } | { readonly ok: false; readonly error: WasmRefusal };

function validate(bytes: Uint8Array): Validated {
  const parsed = parseModule(bytes);
  if (!parsed.ok) return parsed;
  const valid = validateModule(parsed.value, 'webassembly');
  return valid.ok ? parsed : valid;
}

class ScriptRunner {
  readonly report: Report;
  private readonly commands: readonly Command[];
  private readonly named = new Map<string, Instance | Absent>();
  private readonly registered = new Map<string, Instance | Absent>();
  private readonly definitions = new Map<string, ScriptModule>();
  private lastDefinition: ScriptModule | undefined;
  private current: Instance | Absent | undefined;
  private readonly prepared = new Set<Instance>();

  constructor(commands: readonly Command[]) {
    this.commands = commands;
    const ran = Object.fromEntries(CATEGORIES.map((category) => [category, 0])) as Record<Category, number>;
    this.report = { ran, refused: {}, notRun: {}, skipped: 0, textOnly: 0, failures: [] };
  }

  run(): Report {
    for (const [index, command] of this.commands.entries()) {
      try {
        this.command(command, index);
      } catch (error) {
        this.fail(command, `${command.kind} threw ${String(error instanceof Error ? error.stack : error)}`);
      }
    }
    return this.report;
  }

  private fail(command: Command, message: string): void {
    this.report.failures.push(`line ${command.line}: ${message}`);
  }

  private command(command: Command, index: number): void {
    const { ran } = this.report;
    switch (command.kind) {
      case 'unreadable':
        return this.fail(command, command.reason);
      case 'assert_annotation':
        this.report.textOnly++;
        return;
      case 'module':
        return this.module(command);
      case 'instance': {
        const definition = command.definition === undefined ? this.lastDefinition : this.definitions.get(command.definition);
        if (definition === undefined) return this.fail(command, 'no such definition');
        this.bind(command.id, this.host(definition, command));
        return;
      }
      case 'register': {
        const instance = command.id === undefined ? this.current : this.named.get(command.id);
        this.registered.set(command.name, instance ?? { absent: 'nothing to register' });
        return;
      }
      case 'assert_invalid':
      case 'assert_malformed':
        return this.assertRefused(command);
      case 'assert_unlinkable':
        if (this.accept(command.module, command) !== undefined) ran['assert_unlinkable accepted']++;
        return;
      case 'assert_trap_module':
        return this.assertModuleTraps(command);
      case 'assert_exception':
        this.report.skipped++;
        return;
      default:
        return this.action(command, index);
    }
  }

  private bind(id: string | undefined, instance: Instance | Absent): void {
    this.current = instance;
    if (id !== undefined) this.named.set(id, instance);
  }

  private module(command: Command & { readonly kind: 'module' }): void {
    const { module } = command;
    if (command.definition) {
      this.lastDefinition = module;
      if (module.id !== undefined) this.definitions.set(module.id, module);
      this.accept(module, command);
      return;
    }
    this.bind(module.id, this.host(module, command));
  }

  /** Parses and validates a module that the script says is valid. */
  private accept(module: ScriptModule, command: Command): ParsedModule | undefined {
    if (module.form === 'quote') {
      this.report.textOnly++;
      return undefined;
    }
    const result = validate(module.bytes);
    if (!result.ok) {
      const { rule } = result.error;
      this.report.refused[rule] = (this.report.refused[rule] ?? 0) + 1;
      return undefined;
    }
    if (!WebAssembly.validate(module.bytes) && !declaresLargeMemory(result.value)) this.fail(command, 'accepted here and refused by V8');
    this.report.ran['module accepted']++;
    return result.value;
  }

  /** Instruments and instantiates a valid module. */
  private host(module: ScriptModule, command: Command): Instance | Absent {
    const instance = this.hostAlone(module, command);
    if (isAbsent(instance) && module.form === 'binary' && module.fields !== undefined) this.forgetShared(module.fields);
    return instance;
  }

  /** A module that does not run would have changed what it shares, so nothing more can be said of its partners. */
  private forgetShared(fields: readonly Node[]): void {
    for (const name of modulesSharedBy(fields)) {
      const partner = this.registered.get(name);
      if (isAbsent(partner)) continue;
      const absent: Absent = { absent: 'shares with a module that does not run' };
      for (const map of [this.registered, this.named]) for (const [key, value] of map) if (dependsOn(value, partner)) map.set(key, absent);
      if (dependsOn(this.current, partner)) this.current = absent;
    }
  }

  private hostAlone(module: ScriptModule, command: Command): Instance | Absent {
    const parsed = this.accept(module, command);
    if (parsed === undefined) return { absent: 'refused' };
    const prepared = this.prepareImports(module, parsed);
    if ('absent' in prepared) {
      this.report.notRun[prepared.absent] = (this.report.notRun[prepared.absent] ?? 0) + 1;
      return prepared;
    }
    const { exports, refill } = instantiate(prepared.module, prepared.imports);
    this.report.ran['module instrumented and run']++;
    const uses = prepared.module.imports
      .map(({ module: from }) => this.registered.get(from))
      .filter((used): used is Instance => !isAbsent(used));
    return { uses, module: prepared.module, exports, refill, caller: new Caller(exports) };
  }

  private prepareImports(
    module: ScriptModule,
    parsed: ParsedModule,
  ): { readonly module: ParsedModule; readonly imports: Imports } | Absent {
    let hosted = parsed;
    const fields = module.form === 'binary' && module.fields !== undefined ? defineSpectestImports(module.fields) : undefined;
    if (fields !== undefined) {
      const result = validate(assembleFields(fields));
      if (!result.ok) return { absent: `imports of spectest cannot be definitions: ${result.error.rule}` };
      hosted = result.value;
    }
    // Canisters have no such globals, so the instrumentation does not save them.
    if (hosted.globals.some(({ type, mutable }) => mutable && (type === FUNCREF || type === EXTERNREF)))
      return { absent: 'has a mutable global that holds a reference' };
    if ((hosted.memories[0]?.min ?? 0n) > 65_535n) return { absent: 'begins with a memory beyond 65,535 pages' };
    const imports: Imports = {};
    for (const { module: from, name, kind } of hosted.imports) {
      if (kind !== 'function') return { absent: `imports a ${kind}` };
      const value = this.resolve(from, name);
      if (value === undefined) return { absent: 'imports from a module that does not run' };
      (imports[from] ??= {})[name] = value;
    }
    return { module: hosted, imports };
  }

  private resolve(from: string, name: string): ImportValue | undefined {
    if (from === 'spectest') return spectestFunctions[name];
    const instance = this.registered.get(from);
    return isAbsent(instance) ? undefined : instance.exports[name];
  }

  private assertRefused(
    command: Command & { readonly kind: 'assert_invalid' | 'assert_malformed' | 'assert_unlinkable' | 'assert_trap_module' },
  ): void {
    const { module } = command;
    if (module.form === 'quote') {
      this.report.textOnly++;
      return;
    }
    const result = validate(module.bytes);
    if (result.ok) this.fail(command, `accepted, but: ${command.message}`);
    else this.report.ran[command.kind as 'assert_invalid' | 'assert_malformed']++;
  }

  private assertModuleTraps(command: Command & { readonly module: ScriptModule; readonly message: string }): void {
    const parsed = this.accept(command.module, command);
    if (parsed === undefined) {
      if (command.module.form === 'binary' && command.module.fields !== undefined) this.forgetShared(command.module.fields);
      this.report.skipped++;
      return;
    }
    const prepared = this.prepareImports(command.module, parsed);
    if ('absent' in prepared) {
      if (command.module.form === 'binary' && command.module.fields !== undefined) this.forgetShared(command.module.fields);
      this.report.notRun[prepared.absent] = (this.report.notRun[prepared.absent] ?? 0) + 1;
      this.report.skipped++;
      return;
    }
    this.expectTrap(command, command.message, () => instantiate(prepared.module, prepared.imports));
    this.report.ran['assert_trap of a module']++;
  }

  private expectTrap(command: Command, message: string, run: () => unknown): void {
    try {
      run();
    } catch (error) {
      if (!isExpectedTrap(message, error)) this.fail(command, `expected the trap '${message}', found ${String(error)}`);
      return;
    }
    this.fail(command, `expected the trap '${message}', but nothing trapped`);
  }

  private instanceOf(action: Action): Instance | undefined {
    const instance = action.module === undefined ? this.current : this.named.get(action.module);
    return isAbsent(instance) ? undefined : instance;
  }

  private action(command: Command & { readonly action: Action }, index: number): void {
    const instance = this.instanceOf(command.action);
    if (instance === undefined) {
      this.report.skipped++;
      return;
    }
    if (!this.prepared.has(instance)) this.prepare(instance, index);
    const { ran } = this.report;
    const perform = (): Result[] => this.perform(instance, command.action);
    switch (command.kind) {
      case 'action':
        perform();
        ran.action++;
        return;
      case 'assert_return':
        this.expectResults(command, command.results, perform());
        ran.assert_return++;
        return;
      case 'assert_trap':
        this.expectTrap(command, command.message, perform);
        ran.assert_trap++;
        return;
      case 'assert_exhaustion':
        this.expectTrap(command, 'call stack exhausted', perform);
        ran.assert_exhaustion++;
        return;
      default:
        return this.fail(command, 'unexpected action');
    }
  }

  /** Prepares all calls that the rest of the script makes on an instance. */
  private prepare(instance: Instance, from: number): void {
    this.prepared.add(instance);
    const named = [...this.named].find(([, known]) => known === instance)?.[0];
    let anonymous = this.current === instance;
    const calls: Call[] = [];
    for (let index = from; index < this.commands.length; index++) {
      const command = this.commands[index]!;
      if (command.kind === 'module' || command.kind === 'instance') anonymous = false;
      if (!('action' in command) || command.action.kind !== 'invoke') continue;
      const { module } = command.action;
      if (module === undefined ? anonymous : module === named) {
        const type = typeOf(instance.module, command.action.name);
        if (type !== undefined) calls.push({ action: command.action, type });
      }
    }
    instance.caller.prepare(calls);
  }

  private perform(instance: Instance, action: Action): Result[] {
    const { module, exports, caller } = instance;
    instance.refill();
    if (action.kind === 'get') {
      const entry = module.exports.find(({ name, kind }) => name === action.name && kind === 'global');
      const { type } = module.globals[entry!.index]!;
      return [fromHost((exports[action.name] as WebAssembly.Global).value, type)];
    }
    const type = typeOf(module, action.name);
    if (type === undefined) throw new Error(`no exported function ${action.name}`);
    return caller.call({ action, type });
  }

  private expectResults(command: Command, patterns: readonly Pattern[], results: readonly Result[]): void {
    const same = patterns.length === results.length && patterns.every((pattern, index) => matches(pattern, results[index]!));
    if (!same) this.fail(command, `expected ${JSON.stringify(patterns)}, found ${results.map(resultText).join(', ')}`);
  }
}

function typeOf(module: ParsedModule, name: string): FunctionType | undefined {
  const entry = module.exports.find((candidate) => candidate.name === name && candidate.kind === 'function');
  return entry === undefined ? undefined : module.types[module.functionTypes[entry.index]!];
}

/** V8 refuses declared maxima beyond 16 GiB; the instrumentation lowers them. */
function declaresLargeMemory(module: ParsedModule): boolean {
  return module.memories.some(({ is64, max }) => is64 && max !== undefined && max > 262_144n);
}

/** Runs a script. */
export function runScript(commands: readonly Command[]): Report {
  return new ScriptRunner(commands).run();
}
