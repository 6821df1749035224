export { deploy, deployPlan, findPlan } from './deploy.ts';
export type { DeployRequest } from './deploy.ts';
export type { DeployPlan } from './plan.ts';
export { reportChange } from './report.ts';
export type { DeployAction } from './run-deployment.ts';
export { createCanister, installModule } from './install.ts';
export { inspectModule } from '../canister-module/index.ts';
export type { DeployableModule } from '../canister-module/index.ts';
export type { InstallMode } from './ports.ts';
