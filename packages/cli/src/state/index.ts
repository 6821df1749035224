export { deleteSnapshot, exportTo, importFrom, listSnapshots, restore, snapshot, verify } from './state.ts';
