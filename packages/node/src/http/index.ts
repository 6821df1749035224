export type { HttpCrypto } from './envelope-check.ts';
export { HTTP_LIMITS } from './limits.ts';
export type { HttpLimits } from './limits.ts';
export type { IngressMessage, QueryAnswer, QueryCall, Reject, ReplicaPort, RequestOwner, StatePath, SubmitRefusal } from './ports.ts';
export { openHttpServer } from './server.ts';
export type { HttpServer, HttpServerOptions } from './server.ts';
