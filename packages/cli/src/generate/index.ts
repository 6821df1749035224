export { generate } from './generate.ts';
export type { GenerateRequest } from './generate.ts';
export { LANGUAGES } from './bindings.ts';
export type { Language } from './bindings.ts';
