export type { HttpCrypto } from './envelope-check.ts';
export { HTTP_LIMITS } from './limits.ts';
export type { HttpLimits } from './limits.ts';
export type {
  Accepted,
  AnsweredQuery,
  DelegationScope,
  IngressMessage,
  QueryAnswer,
  QueryCall,
  Reject,
  ReplicaPort,
  SignatureClaim,
  StatePath,
  SubmitRefusal,
} from './ports.ts';
export type { HttpFailure } from './failure.ts';
export { checkReadStatePaths } from './read-state-access.ts';
export type { AccessState, ReadStateRequest, RequestOwner } from './read-state-access.ts';
export { openHttpServer } from './server.ts';
export type { HttpServer, HttpServerOptions } from './server.ts';
