export { Front, signAnswer } from './front.ts';
export type { FrontParts, QueryService } from './front.ts';
