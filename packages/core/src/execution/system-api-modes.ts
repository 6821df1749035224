/**
 * Which System API call is allowed where.
 * Source: IC interface spec, "Overview of imports": the letters behind each function.
 * @module
 */

/** One bit per mode of execution; the names are the letters of the specification. */
export const Mode = {
  /** canister_init, canister_post_upgrade */
  I: 1,
  /** canister_pre_upgrade */
  G: 2,
  U: 4,
  /** Replicated query. */
  RQ: 8,
  /** Non-replicated query. */
  NRQ: 16,
  /** Transform of an HTTPS outcall. */
  TQ: 32,
  CQ: 64,
  Ry: 128,
  Rt: 256,
  CRy: 512,
  CRt: 1024,
  C: 2048,
  CC: 4096,
  /** start */
  S: 8192,
  /** canister_inspect_message */
  F: 16384,
  /** System tasks: heartbeat, global timer, low Wasm memory. */
  T: 32768,
} as const;

const { I, G, U, RQ, NRQ, TQ, CQ, Ry, Rt, CRy, CRt, C, CC, S, F, T } = Mode;
/** `*` of the specification: everything but `start`. */
const ALL = I | G | U | RQ | NRQ | TQ | CQ | Ry | Rt | CRy | CRt | C | CC | F | T;
const RESPONDING = U | RQ | NRQ | TQ | CQ | Ry | Rt | CRy | CRt;
const CALLING = U | CQ | Ry | Rt | CRy | CRt | T;
const CALLER_INFO = U | RQ | NRQ | CQ | Ry | Rt | CRy | CRt | C | CC | F;
const ARGUMENT = I | U | RQ | NRQ | TQ | CQ | Ry | CRy | F;
const ROOT_KEY = I | G | U | RQ | Ry | Rt | C | T;

/** Modes whose effects are replicated. */
export const REPLICATED_MODES: number = I | G | U | RQ | Ry | Rt | C | S | T;

/** Allowed modes per function of module `ic0`. */
export const systemApiModes: Readonly<Record<string, number>> = {
  msg_arg_data_size: ARGUMENT,
  msg_arg_data_copy: ARGUMENT,
  msg_caller_size: ALL,
  msg_caller_copy: ALL,
  msg_caller_info_data_size: CALLER_INFO,
  msg_caller_info_data_copy: CALLER_INFO,
  msg_caller_info_signer_size: CALLER_INFO,
  msg_caller_info_signer_copy: CALLER_INFO,
  msg_reject_code: Ry | Rt | CRy | CRt | C,
  msg_reject_msg_size: Rt | CRt,
  msg_reject_msg_copy: Rt | CRt,
  msg_deadline: U | RQ | NRQ | CQ | Ry | Rt | CRy | CRt,
  msg_reply_data_append: RESPONDING,
  msg_reply: RESPONDING,
  msg_reject: RESPONDING,
  msg_cycles_available: U | RQ | Rt | Ry,
  msg_cycles_available128: U | RQ | Rt | Ry,
  msg_cycles_refunded: Rt | Ry,
  msg_cycles_refunded128: Rt | Ry,
  msg_cycles_accept: U | RQ | Rt | Ry,
  msg_cycles_accept128: U | RQ | Rt | Ry,
  cycles_burn128: I | G | U | RQ | Ry | Rt | C | T,
  canister_self_size: ALL,
  canister_self_copy: ALL,
  canister_cycle_balance: ALL,
  canister_cycle_balance128: ALL,
  canister_liquid_cycle_balance128: ALL,
  canister_status: ALL,
  canister_version: ALL,
  subnet_self_size: ALL,
  subnet_self_copy: ALL,
  msg_method_name_size: F,
  msg_method_name_copy: F,
  accept_message: F,
  call_new: CALLING,
  call_on_cleanup: CALLING,
  call_data_append: CALLING,
  call_with_best_effort_response: CALLING,
  call_cycles_add: U | Ry | Rt | T,
  call_cycles_add128: U | Ry | Rt | T,
  call_perform: CALLING,
  stable_size: ALL | S,
  stable_grow: ALL | S,
  stable_write: ALL | S,
  stable_read: ALL | S,
  stable64_size: ALL | S,
  stable64_grow: ALL | S,
  stable64_write: ALL | S,
  stable64_read: ALL | S,
  root_key_size: ROOT_KEY,
  root_key_copy: ROOT_KEY,
  certified_data_set: I | G | U | Ry | Rt | T,
  data_certificate_present: ALL,
  data_certificate_size: NRQ | CQ,
  data_certificate_copy: NRQ | CQ,
  time: ALL,
  global_timer_set: I | G | U | Ry | Rt | C | T,
  performance_counter: ALL | S,
  is_controller: ALL | S,
  in_replicated_execution: ALL | S,
  cost_call: ALL | S,
  cost_create_canister: ALL | S,
  cost_http_request: ALL | S,
  cost_sign_with_ecdsa: ALL | S,
  cost_sign_with_schnorr: ALL | S,
  cost_vetkd_derive_key: ALL | S,
  env_var_count: ALL,
  env_var_name_size: ALL,
  env_var_name_copy: ALL,
  env_var_name_exists: ALL,
  env_var_value_size: ALL,
  env_var_value_copy: ALL,
  debug_print: ALL | S,
  trap: ALL | S,
};

const MODE_NAMES: readonly (readonly [number, string])[] = [
  [I, 'init'],
  [G, 'pre upgrade'],
  [U, 'update'],
  [RQ, 'replicated query'],
  [NRQ, 'non replicated query'],
  [TQ, 'transform'],
  [CQ, 'composite query'],
  [Ry, 'reply callback'],
  [Rt, 'reject callback'],
  [CRy, 'composite query reply callback'],
  [CRt, 'composite query reject callback'],
  [C, 'cleanup'],
  [CC, 'composite query cleanup'],
  [S, 'start'],
  [F, 'inspect message'],
  [T, 'system task'],
];

/** The mode in words, for people. */
export function modeName(mode: number): string {
  return MODE_NAMES.find(([bit]) => bit === mode)?.[1] ?? 'unknown';
}
