export { deploy } from './deploy.ts';
export type { DeployAction, DeployRequest } from './deploy.ts';
export { createCanister, installModule } from './install.ts';
export type { InstallMode } from './install.ts';
export { inspectModule } from './module-file.ts';
export type { DeployableModule } from './module-file.ts';
