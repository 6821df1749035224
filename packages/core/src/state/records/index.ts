export type { RecordChange } from './state-recorder.ts';
export { StateRecorder } from './state-recorder.ts';
export type { ModuleLoader } from './state-builder.ts';
export { StateBuilder } from './state-builder.ts';
