export { exportTo, importFrom, restore, snapshot, verify } from './state.ts';
