/**
 * Deploys planned canisters: makes those that are missing, builds all, compares all with what is installed, and only then installs.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes, present, type PrincipalId, principalFromText, principalToText } from '@myelin/core/base';
import { amountOfBytes } from '../canister/index.ts';
import { type BuildContext, commandVariables, runShell, treatModule } from '../build/index.ts';
import type { CanisterFacts } from '../client/index.ts';
import { commandFailure, type Terminal } from '../terminal/index.ts';
import { checkCompatibility } from './compatibility.ts';
import { encodeInstallArgument } from './install-argument.ts';
import { type DeployableModule, inspectModule } from '../canister-module/index.ts';
import type { DeployPlan, PlannedCanister } from './plan.ts';
import type { DeploySite, InstallMode } from './ports.ts';
import { checkControl, settingsToChange } from './settings.ts';

export type DeployOptions = {
  readonly mode: InstallMode | 'auto';
  /** An existing canister, for a plan of one. */
  readonly id: string | undefined;
  readonly argumentText: string | undefined;
  readonly cycles: bigint | undefined;
  /** Installs what does not fit, too. */
  readonly force: boolean;
  /** The option that does so, for those who are refused. */
  readonly forceOption: string;
  /** Name of the network for commands. */
  readonly environment: string;
  /** Folder for interfaces that commands may read. */
  readonly buildFolder: string;
  /** Whether commands run when all is installed. */
  readonly runsAfterwards: boolean;
};

/** What was done; `unchanged` when the canister has this module already. */
export type DeployAction = InstallMode | 'unchanged';

/** A canister that was deployed. */
export type Deployed = {
  readonly name: string;
  readonly id: PrincipalId;
  readonly action: DeployAction;
  readonly created: boolean;
  readonly module: DeployableModule;
};

type Target = {
  /** Whether the site knows the canister by its name. */
  isRemembered: boolean;
  readonly planned: PlannedCanister;
  id: PrincipalId | undefined;
  facts: CanisterFacts | undefined;
  created: boolean;
};
type Ready = {
  readonly planned: PlannedCanister;
  readonly target: Target & { id: PrincipalId };
  readonly module: DeployableModule;
  readonly action: DeployAction;
  readonly argument: Uint8Array;
};

class Deployment {
  readonly #plan: DeployPlan;
  readonly #site: DeploySite;
  readonly #options: DeployOptions;
  readonly #terminal: Terminal;
  readonly #targets: Target[] = [];
  /** Ids of everything that sources and commands may name. */
  readonly #ids = new Map<string, string>();
  readonly #interfaces = new Map<string, string>();
  readonly #interfaceFiles = new Map<string, string>();

  constructor(plan: DeployPlan, site: DeploySite, options: DeployOptions, terminal: Terminal) {
    this.#plan = plan;
    this.#site = site;
    this.#options = options;
    this.#terminal = terminal;
  }

  async #findTargets(): Promise<void> {
    const known = await this.#site.knownIds();
    for (const [name, id] of known) this.#ids.set(name, principalToText(id));
    for (const { name, id } of this.#plan.remotes) this.#ids.set(name, principalToText(id));
    for (const planned of this.#plan.canisters) {
      const { name } = planned.canister;
      const id = this.#options.id === undefined ? known.get(name) : principalFromText(this.#options.id);
      const facts = id === undefined ? undefined : await this.#site.read(id);
      const isThere = facts?.controllers !== undefined;
      if (!isThere && this.#options.id !== undefined) {
        throw commandFailure('CANISTER_MISSING', `there is no canister ${this.#options.id}`, 'check the id and the network');
      }
      if (!isThere) this.#ids.delete(name);
      else if (id !== undefined) this.#ids.set(name, principalToText(id));
      this.#targets.push({
        planned,
        id: isThere ? id : undefined,
        facts: isThere ? facts : undefined,
        created: false,
        isRemembered: false,
      });
    }
  }

  /** Whether a build asks for the id of a canister that does not exist yet. */
  get #needsIds(): boolean {
    const missing = new Set(this.#targets.filter(({ id }) => id === undefined).map(({ planned }) => planned.canister.name));
    return (
      missing.size > 0 && this.#targets.some(({ planned: { build } }) => build.needsIds || build.imports.some((name) => missing.has(name)))
    );
  }

  async #createMissing(): Promise<void> {
    for (const target of this.#targets) {
      const { name, specifiedId } = target.planned.canister;
      if (target.id === undefined) {
        target.id = await this.#site.create({ cycles: this.#options.cycles, id: specifiedId });
        target.created = true;
      }
      this.#ids.set(name, principalToText(target.id));
      // Before anything is installed: what fails below is tried again on the same canister.
      if (!target.isRemembered) await this.#site.remember(name, target.id);
      target.isRemembered = true;
    }
  }

  get #context(): BuildContext {
    return {
      ids: this.#ids,
      interfaces: this.#interfaces,
      interfaceFiles: this.#interfaceFiles,
      readInterface: (id) => this.#site.readMetadata(id, 'candid:service'),
      environment: this.#options.environment,
      terminal: this.#terminal,
    };
  }

  async #keepInterface(name: string, candid: string): Promise<void> {
    this.#interfaces.set(name, candid);
    await mkdir(this.#options.buildFolder, { recursive: true });
    const file = join(this.#options.buildFolder, `${name}.did`);
    await writeFile(file, candid);
    this.#interfaceFiles.set(name, file);
  }

  async #build(): Promise<Map<PlannedCanister, DeployableModule>> {
    const modules = new Map<PlannedCanister, DeployableModule>();
    for (const planned of this.#plan.canisters) {
      const { canister, build } = planned;
      const built = await build.build(this.#context);
      const bytes = await treatModule(built.bytes, canister.treatment, canister.name, this.#terminal);
      const module = inspectModule(bytes, canister.place, built.candid);
      modules.set(planned, module);
      if (module.candid !== undefined && this.#plan.project !== undefined) await this.#keepInterface(canister.name, module.candid);
    }
    return modules;
  }

  #choose(target: Target, module: DeployableModule): DeployAction {
    const { mode, argumentText } = this.#options;
    const installed = target.facts?.moduleHash;
    if (mode === 'auto') {
      if (installed === undefined) return 'install';
      return argumentText === undefined && equalBytes(installed, module.hash) ? 'unchanged' : 'upgrade';
    }
    // A canister that is empty has nothing to keep or to lose.
    return installed === undefined && this.#plan.project !== undefined ? 'install' : mode;
  }

  async #check(ready: readonly Ready[]): Promise<void> {
    const lines: string[] = [];
    for (const { planned, target, module, action } of ready) {
      if (action === 'unchanged') continue;
      const change = { name: planned.canister.name, module, mode: action };
      const { reasons, losses } = await checkCompatibility(this.#site, target.id, change, this.#terminal);
      for (const reason of reasons) lines.push(`${change.name}: ${reason}`);
      for (const loss of losses) this.#terminal.warn(`${change.name}: clients of the old interface lose values: ${loss}`);
    }
    if (lines.length === 0) return;
    if (this.#options.force) {
      for (const line of lines) this.#terminal.warn(line);
      return;
    }
    throw commandFailure(
      'DEPLOY_INCOMPATIBLE',
      'what is to be installed does not fit what is there; nothing was installed',
      `change it so that it fits, or install it all the same with ${this.#options.forceOption}`,
      { lines },
    );
  }

  async #install({ planned: { canister }, target, module, action, argument }: Ready): Promise<void> {
    const { settings } = await this.#site.status(target.id);
    const siblings = this.#plan.project === undefined ? new Map<string, string>() : this.#siblings;
    const change = settingsToChange(canister, settings, siblings, target.created);
    const { controllers, ...others } = change;
    if (Object.keys(others).length > 0) await this.#site.updateSettings(target.id, others);
    if (action !== 'unchanged') {
      const doing = action === 'upgrade' ? 'Upgrading' : 'Installing';
      const what = `${doing} ${canister.name} (${amountOfBytes(BigInt(module.bytes.length))})`;
      await this.#terminal.during(what, this.#site.install(target.id, module, { mode: action, argument }));
    }
    // Last, as it may take the right to do the rest away.
    if (controllers !== undefined) await this.#site.updateSettings(target.id, { controllers });
  }

  /** Ids of the project's canisters alone. */
  get #siblings(): Map<string, string> {
    const names = new Set([...(this.#plan.project?.entries ?? []), ...this.#plan.remotes].map(({ name }) => name));
    return new Map([...this.#ids].filter(([name]) => names.has(name)));
  }

  async #runAfterwards(): Promise<void> {
    if (!this.#options.runsAfterwards) return;
    for (const { canister } of this.#plan.canisters) {
      const place = { folder: canister.folder, variables: commandVariables(this.#context, canister.name) };
      for (const command of canister.afterwards) {
        const shown = command.trim().split('\n', 1)[0] ?? '';
        await this.#terminal.during(`After installing ${canister.name}: ${shown}`, runShell(command, place));
      }
    }
  }

  async run(): Promise<{ readonly deployed: Deployed[]; readonly context: BuildContext }> {
    for (const { canister } of this.#plan.canisters) checkControl(canister, this.#site.principal, this.#options.force);
    await this.#findTargets();
    if (this.#needsIds) await this.#createMissing();
    const modules = await this.#build();
    const chosen = this.#targets.map((target) => {
      const module = present(modules.get(target.planned), 'every planned canister was built');
      const action = this.#choose(target, module);
      const { canister } = target.planned;
      const argument = encodeInstallArgument(canister, this.#options.argumentText, action === 'upgrade', module.initTypes);
      return { planned: target.planned, target, module, action, argument };
    });
    await this.#createMissing();
    const ready = chosen.map((one): Ready => {
      return { ...one, target: { ...one.target, id: present(one.target.id, 'every missing canister was made') } };
    });
    await this.#check(ready);
    const deployed: Deployed[] = [];
    for (const one of ready) {
      await this.#install(one);
      const { target, module, action } = one;
      deployed.push({ name: one.planned.canister.name, id: target.id, action, created: target.created, module });
    }
    await this.#runAfterwards();
    return { deployed, context: this.#context };
  }
}

/**
 * Deploys a plan.
 * @throws IcError `DEPLOY_INCOMPATIBLE` and `DEPLOY_CONTROL_LOST` before anything is installed; those of builds and requests
 */
export async function runDeployment(
  plan: DeployPlan,
  site: DeploySite,
  options: DeployOptions,
  terminal: Terminal,
): Promise<{ readonly deployed: readonly Deployed[]; readonly context: BuildContext }> {
  return await new Deployment(plan, site, options, terminal).run();
}
