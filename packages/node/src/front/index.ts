export { Front, signAnswer } from './front.ts';
export type { FrontParts, QueryService, ServedQuery } from './front.ts';
