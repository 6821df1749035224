export { amountOfBytes, amountOfCycles } from './amounts.ts';
export { canisterUrl } from './canister-url.ts';
export { showBalance, topUp } from './cycles.ts';
export { runCanisterMethod } from './run-method.ts';
export type { MethodRun } from './run-method.ts';
export type { CanisterRequest } from './request.ts';
export { showCanisterStatus } from './status.ts';
