export { restDueRequests } from './due-requests.ts';
export type { RecordChange } from './state-recorder.ts';
export { StateRecorder } from './state-recorder.ts';
export type { LazyReading, ModuleLoader, PageShelf, SharedNodes } from './state-builder.ts';
export { StateBuilder } from './state-builder.ts';
export { RECORD_KIND } from './record-keys.ts';
export type { PagesPlace, RecordReader } from './stored-pages.ts';
export { keysOfPages, StoredPages } from './stored-pages.ts';
export { countResidentPages, sendPagesAway } from './send-pages-away.ts';
