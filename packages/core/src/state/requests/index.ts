export { RequestMap } from './request-map.ts';
export { ValueAtRest } from './request-nodes.ts';
