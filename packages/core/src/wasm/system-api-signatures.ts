/**
 * The 74 imports of module `ic0`: their types and what a call costs before it runs.
 *
 * `I` is i32 in a wasm32 module and i64 in a wasm64 module. `fixed` and `bytes` are instructions, added to the 5 of the `call`.
 * Source: IC interface specification, "System API"; dfinity/ic rs/embedders, system_api_complexity.rs and linker.rs.
 * @module
 */

/**
 * `I`: an address, size or index, handed to the handler as a number. `V`: a value of the same width that the canister chooses
 * freely (a callback's environment), handed over as an exact unsigned bigint. `i32` is a number, `i64` an unsigned bigint.
 */
export type ParameterKind = 'I' | 'V' | 'i32' | 'i64';

export type SystemApiSignature = {
  readonly params: readonly ParameterKind[];
  readonly result: ParameterKind | undefined;
  /** Instructions charged for the call. */
  readonly fixed: number;
  /** Instructions per unit of the parameter at that index, charged before the call. */
  readonly perByte?: readonly { readonly param: number; readonly factor: number }[];
  /** The handler may charge more while it runs; the module checks the limit again after the call. */
  readonly chargesMore?: true;
  /** Exists for wasm32 modules only. */
  readonly only32?: true;
};

const I = 'I';
const V = 'V';
const i32 = 'i32';
const i64 = 'i64';

type Options = {
  readonly perByte?: readonly { readonly param: number; readonly factor: number }[];
  readonly chargesMore?: true;
  readonly only32?: true;
};

function signature(
  params: readonly ParameterKind[],
  result: ParameterKind | undefined,
  fixed: number,
  options: Options = {},
): SystemApiSignature {
  return { params, result, fixed, ...options };
}
const size = (fixed = 500): SystemApiSignature => signature([], I, fixed);
const copy = (fixed = 500): SystemApiSignature => signature([I, I, I], undefined, fixed, { perByte: [{ param: 2, factor: 1 }] });
const destination128 = (): SystemApiSignature => signature([I], undefined, 500);
/** Reply, reject and call payloads are charged 50 per byte. */
const payload = (): SystemApiSignature => signature([I, I], undefined, 500, { perByte: [{ param: 1, factor: 50 }] });

export const systemApiSignatures: Readonly<Record<string, SystemApiSignature>> = {
  msg_arg_data_size: size(),
  msg_arg_data_copy: copy(),
  msg_caller_size: size(),
  msg_caller_copy: copy(),
  msg_caller_info_data_size: size(),
  msg_caller_info_data_copy: copy(),
  msg_caller_info_signer_size: size(),
  msg_caller_info_signer_copy: copy(),
  msg_reject_code: signature([], i32, 500),
  msg_reject_msg_size: size(),
  msg_reject_msg_copy: copy(),
  msg_deadline: signature([], i64, 500),
  msg_reply_data_append: payload(),
  msg_reply: signature([], undefined, 500),
  msg_reject: payload(),
  msg_cycles_available128: destination128(),
  msg_cycles_refunded128: destination128(),
  msg_cycles_accept128: signature([i64, i64, I], undefined, 500),
  cycles_burn128: signature([i64, i64, I], undefined, 500),
  canister_self_size: size(),
  canister_self_copy: copy(),
  canister_cycle_balance128: destination128(),
  canister_liquid_cycle_balance128: destination128(),
  canister_status: signature([], i32, 500),
  canister_version: signature([], i64, 500),
  subnet_self_size: size(),
  subnet_self_copy: copy(),
  msg_method_name_size: size(),
  msg_method_name_copy: copy(),
  accept_message: signature([], undefined, 500),
  call_new: signature([I, I, I, I, I, V, I, V], undefined, 1500, {
    perByte: [
      { param: 1, factor: 1 },
      { param: 3, factor: 1 },
    ],
  }),
  call_on_cleanup: signature([I, V], undefined, 500),
  call_data_append: payload(),
  call_with_best_effort_response: signature([i32], undefined, 500),
  call_cycles_add128: signature([i64, i64], undefined, 500),
  call_perform: signature([], i32, 5000),
  stable64_size: signature([], i64, 0),
  stable64_grow: signature([i64], i64, 100),
  stable64_write: signature([i64, i64, i64], undefined, 20, { perByte: [{ param: 2, factor: 1 }], chargesMore: true }),
  stable64_read: signature([i64, i64, i64], undefined, 20, { perByte: [{ param: 2, factor: 1 }] }),
  root_key_size: size(),
  root_key_copy: copy(),
  certified_data_set: signature([I, I], undefined, 500, { perByte: [{ param: 1, factor: 1 }] }),
  data_certificate_present: signature([], i32, 500),
  data_certificate_size: size(),
  data_certificate_copy: copy(),
  time: signature([], i64, 500),
  global_timer_set: signature([i64], i64, 500),
  performance_counter: signature([i32], i64, 200),
  is_controller: signature([I, I], i32, 1000, { perByte: [{ param: 1, factor: 1 }] }),
  in_replicated_execution: signature([], i32, 500),
  cost_call: signature([i64, i64, I], undefined, 500),
  cost_create_canister: destination128(),
  cost_http_request: signature([i64, i64, I], undefined, 500),
  cost_sign_with_ecdsa: signature([I, I, i32, I], i32, 500, { perByte: [{ param: 1, factor: 1 }] }),
  cost_sign_with_schnorr: signature([I, I, i32, I], i32, 500, { perByte: [{ param: 1, factor: 1 }] }),
  cost_vetkd_derive_key: signature([I, I, i32, I], i32, 500, { perByte: [{ param: 1, factor: 1 }] }),
  env_var_count: size(),
  env_var_name_size: signature([I], I, 500),
  env_var_name_copy: signature([I, I, I, I], undefined, 500, { perByte: [{ param: 3, factor: 1 }] }),
  env_var_name_exists: signature([I, I], i32, 500),
  env_var_value_size: signature([I, I], I, 500),
  env_var_value_copy: signature([I, I, I, I, I], undefined, 500, { perByte: [{ param: 4, factor: 1 }] }),
  debug_print: signature([I, I], undefined, 100, { chargesMore: true }),
  trap: signature([I, I], undefined, 500, { perByte: [{ param: 1, factor: 1 }], chargesMore: true }),
  msg_cycles_available: signature([], i64, 500, { only32: true }),
  msg_cycles_accept: signature([i64], i64, 500, { only32: true }),
  msg_cycles_refunded: signature([], i64, 500, { only32: true }),
  canister_cycle_balance: signature([], i64, 500, { only32: true }),
  call_cycles_add: signature([i64], undefined, 500, { only32: true }),
  stable_size: signature([], i32, 0, { only32: true }),
  stable_grow: signature([i32], i32, 100, { only32: true }),
  stable_write: signature([i32, i32, i32], undefined, 20, { perByte: [{ param: 2, factor: 1 }], chargesMore: true, only32: true }),
  stable_read: signature([i32, i32, i32], undefined, 20, { perByte: [{ param: 2, factor: 1 }], only32: true }),
};
