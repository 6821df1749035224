export { Front, signAnswer } from './front.ts';
export type { FrontParts, QueryOptions, QueryService, ServedQuery } from './front.ts';
