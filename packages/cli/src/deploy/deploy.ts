/**
 * Deploys a file or the canisters of a project to a network, and says where they are.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrincipalId } from '@myelin/core/base';
import { environmentFileLines } from '../build/index.ts';
import { connect, type Connection, type ConnectionOptions } from '../client/index.ts';
import { findProject, type Project } from '../manifest/index.ts';
import { makeStateFolder } from '../project/index.ts';
import { type Terminal, usageFailure } from '../terminal/index.ts';
import { readFiledIds, writeFiledIds } from './filed-ids.ts';
import { createNetworkSite } from './network-site.ts';
import { type DeployPlan, isModuleFile, planFile, planProject } from './plan.ts';
import type { InstallMode } from './ports.ts';
import { reportCanister, type Reported, reportProject } from './report.ts';
import { type DeployOptions, runDeployment } from './run-deployment.ts';

export type DeployRequest = {
  /** A file, or names of canisters of the project; none for all of them. */
  readonly operands: readonly string[];
  /** Name of a canister that is a file; undefined: the name of the file. */
  readonly name: string | undefined;
  /** An existing canister. */
  readonly id: string | undefined;
  readonly argumentText: string | undefined;
  readonly mode: InstallMode | 'auto';
  readonly cycles: bigint | undefined;
  readonly packages: Readonly<Record<string, string>>;
  /** Environment of the project file; undefined: the one that belongs to the network. */
  readonly environment: string | undefined;
  readonly force: boolean;
  readonly isRehearsal: boolean;
  readonly stateFolder: string;
  readonly connection: ConnectionOptions;
};

/** Interfaces of canisters that were built, in the state folder. */
const BUILD_FOLDER = 'build';

function environmentOf({ environment, connection }: DeployRequest): string {
  if (environment !== undefined) return environment;
  return connection.network === 'ic' ? 'ic' : 'local';
}

/** What a request means to deploy, looked at without changing anything. @throws IcError */
export async function findPlan(request: DeployRequest): Promise<DeployPlan> {
  const { operands, name, packages } = request;
  const [first] = operands;
  if (first !== undefined && operands.length === 1 && isModuleFile(first)) return await planFile(first, name, packages);
  const file = operands.find(isModuleFile);
  if (file !== undefined)
    throw usageFailure('USAGE_OPERANDS', `'${file}' is a file: it is deployed alone`, 'name one file, or canisters of the project');
  const project = await findProject('.', environmentOf(request));
  if (project === undefined) {
    const what = first === undefined ? 'there is no icp.yaml or dfx.json here' : `'${first}' is not something that can be deployed`;
    throw usageFailure('USAGE_OPERANDS', what, 'name a .mo, .wasm or .wasm.gz file, or run it in the folder of a project');
  }
  if (name !== undefined || Object.keys(packages).length > 0) {
    throw usageFailure(
      'USAGE_OPTIONS_CONFLICT',
      '--name and --package go with a file, not with a project',
      'write them into the project file',
    );
  }
  const plan = await planProject(project, operands);
  if (plan.canisters.length > 1 && (request.id !== undefined || request.argumentText !== undefined)) {
    throw usageFailure(
      'USAGE_OPTIONS_CONFLICT',
      '--id and --argument are for one canister',
      `name it; these would be deployed: ${plan.canisters.map(({ canister }) => canister.name).join(', ')}`,
    );
  }
  return plan;
}

/** The network of the project's environment, unless the command line names one. */
function connectionOf({ connection }: DeployRequest, project: Project | undefined): ConnectionOptions {
  if (connection.network !== undefined || project?.network === undefined) return connection;
  return { ...connection, network: project.network.url, rootKey: connection.rootKey ?? project.network.rootKey };
}

async function fileResults(project: Project, options: DeployOptions, context: Parameters<typeof environmentFileLines>[0]): Promise<void> {
  const names = new Set(project.entries.map(({ name }) => name));
  const ids = new Map([...context.ids].filter(([name]) => names.has(name)));
  await writeFiledIds(project, ids);
  if (project.environmentFile === undefined) return;
  const lines = environmentFileLines({ ...context, environment: options.environment, ids });
  await writeFile(project.environmentFile, `${lines.join('\n')}\n`);
}

function optionsOf(request: DeployRequest, plan: DeployPlan): DeployOptions {
  const environment = plan.project?.environment ?? environmentOf(request);
  return {
    mode: request.mode,
    id: request.id,
    argumentText: request.argumentText,
    cycles: request.cycles,
    force: request.force,
    forceOption: '--yes',
    environment,
    buildFolder: join(request.stateFolder, BUILD_FOLDER, environment),
    runsAfterwards: !request.isRehearsal,
  };
}

/** What was deployed, and where. */
export type Outcome = { readonly plan: DeployPlan; readonly connection: Connection; readonly reported: readonly Reported[] };

/** Deploys a plan to the network of the request. @throws IcError */
export async function deployPlan(request: DeployRequest, plan: DeployPlan, terminal: Terminal): Promise<Outcome> {
  const options = optionsOf(request, plan);
  const connection = await connect(connectionOf(request, plan.project), terminal);
  const filedIds = plan.project === undefined ? new Map<string, PrincipalId>() : await readFiledIds(plan.project);
  const site = createNetworkSite(connection, request.stateFolder, filedIds);
  await makeStateFolder(request.stateFolder);
  const { deployed, context } = await runDeployment(plan, site, options, terminal);
  // Of a network that is known by its address alone no file says anything.
  const isNamed = request.environment !== undefined || ['local', 'ic'].includes(request.connection.network ?? 'local');
  if (plan.project !== undefined && isNamed) await fileResults(plan.project, options, context);
  const reported: Reported[] = [];
  for (const one of deployed) reported.push({ deployed: one, cycles: (await site.status(one.id)).cycles });
  return { plan, connection, reported };
}

/** Deploys and prints where everything is, or what would come of it. @throws IcError */
export async function deploy(request: DeployRequest, terminal: Terminal): Promise<void> {
  const plan = await findPlan(request);
  if (request.isRehearsal) {
    const { copyOf, rehearse } = await import('./rehearsal.ts');
    return await rehearse(await copyOf(connectionOf(request, plan.project), terminal), plan, optionsOf(request, plan), terminal);
  }
  const { connection, reported } = await deployPlan(request, plan, terminal);
  const [single] = reported;
  if (plan.project !== undefined) reportProject(reported, plan.project.file, connection, terminal);
  else if (single !== undefined) reportCanister(single, connection, terminal);
}
