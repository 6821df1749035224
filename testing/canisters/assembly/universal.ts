/*
 * The universal canister: every message is a little program for a stack machine, whose operations are the System API's functions.
 * One module serves any test of message execution. Values on the stack are byte strings; a number is 8 bytes and an amount of
 * cycles 16 bytes, both little-endian. The constants OP_… are put in front by src/universal.ts, the only place that numbers them.
 */

@external("ic0", "msg_arg_data_size") declare function msg_arg_data_size(): i32;
@external("ic0", "msg_arg_data_copy") declare function msg_arg_data_copy(dst: usize, offset: i32, size: i32): void;
@external("ic0", "msg_caller_size") declare function msg_caller_size(): i32;
@external("ic0", "msg_caller_copy") declare function msg_caller_copy(dst: usize, offset: i32, size: i32): void;
@external("ic0", "msg_reject_code") declare function msg_reject_code(): i32;
@external("ic0", "msg_reject_msg_size") declare function msg_reject_msg_size(): i32;
@external("ic0", "msg_reject_msg_copy") declare function msg_reject_msg_copy(dst: usize, offset: i32, size: i32): void;
@external("ic0", "msg_deadline") declare function msg_deadline(): u64;
@external("ic0", "msg_reply_data_append") declare function msg_reply_data_append(src: usize, size: i32): void;
@external("ic0", "msg_reply") declare function msg_reply(): void;
@external("ic0", "msg_reject") declare function msg_reject(src: usize, size: i32): void;
@external("ic0", "msg_cycles_available128") declare function msg_cycles_available128(dst: usize): void;
@external("ic0", "msg_cycles_refunded128") declare function msg_cycles_refunded128(dst: usize): void;
@external("ic0", "msg_cycles_accept128") declare function msg_cycles_accept128(high: u64, low: u64, dst: usize): void;
@external("ic0", "cycles_burn128") declare function cycles_burn128(high: u64, low: u64, dst: usize): void;
@external("ic0", "canister_self_size") declare function canister_self_size(): i32;
@external("ic0", "canister_self_copy") declare function canister_self_copy(dst: usize, offset: i32, size: i32): void;
@external("ic0", "canister_cycle_balance128") declare function canister_cycle_balance128(dst: usize): void;
@external("ic0", "canister_liquid_cycle_balance128") declare function canister_liquid_cycle_balance128(dst: usize): void;
@external("ic0", "canister_status") declare function canister_status(): i32;
@external("ic0", "canister_version") declare function canister_version(): u64;
@external("ic0", "subnet_self_size") declare function subnet_self_size(): i32;
@external("ic0", "subnet_self_copy") declare function subnet_self_copy(dst: usize, offset: i32, size: i32): void;
@external("ic0", "msg_method_name_size") declare function msg_method_name_size(): i32;
@external("ic0", "msg_method_name_copy") declare function msg_method_name_copy(dst: usize, offset: i32, size: i32): void;
@external("ic0", "accept_message") declare function accept_message(): void;
@external("ic0", "call_new") declare function call_new(callee: usize, calleeSize: i32, name: usize, nameSize: i32, replyFun: u32, replyEnv: u32, rejectFun: u32, rejectEnv: u32): void;
@external("ic0", "call_on_cleanup") declare function call_on_cleanup(fun: u32, env: u32): void;
@external("ic0", "call_data_append") declare function call_data_append(src: usize, size: i32): void;
@external("ic0", "call_with_best_effort_response") declare function call_with_best_effort_response(seconds: u32): void;
@external("ic0", "call_cycles_add128") declare function call_cycles_add128(high: u64, low: u64): void;
@external("ic0", "call_perform") declare function call_perform(): i32;
@external("ic0", "stable64_size") declare function stable64_size(): u64;
@external("ic0", "stable64_grow") declare function stable64_grow(pages: u64): u64;
@external("ic0", "stable64_write") declare function stable64_write(offset: u64, src: u64, size: u64): void;
@external("ic0", "stable64_read") declare function stable64_read(dst: u64, offset: u64, size: u64): void;
@external("ic0", "root_key_size") declare function root_key_size(): i32;
@external("ic0", "root_key_copy") declare function root_key_copy(dst: usize, offset: i32, size: i32): void;
@external("ic0", "certified_data_set") declare function certified_data_set(src: usize, size: i32): void;
@external("ic0", "data_certificate_present") declare function data_certificate_present(): i32;
@external("ic0", "data_certificate_size") declare function data_certificate_size(): i32;
@external("ic0", "data_certificate_copy") declare function data_certificate_copy(dst: usize, offset: i32, size: i32): void;
@external("ic0", "time") declare function time(): u64;
@external("ic0", "global_timer_set") declare function global_timer_set(timestamp: u64): u64;
@external("ic0", "performance_counter") declare function performance_counter(kind: u32): u64;
@external("ic0", "is_controller") declare function is_controller(src: usize, size: i32): i32;
@external("ic0", "in_replicated_execution") declare function in_replicated_execution(): i32;
@external("ic0", "cost_call") declare function cost_call(nameSize: u64, payloadSize: u64, dst: usize): void;
@external("ic0", "cost_create_canister") declare function cost_create_canister(dst: usize): void;
@external("ic0", "cost_http_request") declare function cost_http_request(requestSize: u64, maxResponse: u64, dst: usize): void;
@external("ic0", "cost_sign_with_ecdsa") declare function cost_sign_with_ecdsa(src: usize, size: i32, curve: u32, dst: usize): i32;
@external("ic0", "cost_sign_with_schnorr") declare function cost_sign_with_schnorr(src: usize, size: i32, algorithm: u32, dst: usize): i32;
@external("ic0", "cost_vetkd_derive_key") declare function cost_vetkd_derive_key(src: usize, size: i32, curve: u32, dst: usize): i32;
@external("ic0", "env_var_count") declare function env_var_count(): i32;
@external("ic0", "env_var_name_size") declare function env_var_name_size(index: i32): i32;
@external("ic0", "env_var_name_copy") declare function env_var_name_copy(index: i32, dst: usize, offset: i32, size: i32): void;
@external("ic0", "env_var_name_exists") declare function env_var_name_exists(src: usize, size: i32): i32;
@external("ic0", "env_var_value_size") declare function env_var_value_size(src: usize, size: i32): i32;
@external("ic0", "env_var_value_copy") declare function env_var_value_copy(src: usize, size: i32, dst: usize, offset: i32, count: i32): void;
@external("ic0", "debug_print") declare function debug_print(src: usize, size: i32): void;
@external("ic0", "trap") declare function trap(src: usize, size: i32): void;

type Bytes = Uint8Array;

/** Sixteen byte strings that live as long as the heap. */
const registers = new StaticArray<Bytes>(16);
for (let index = 0; index < 16; index++) registers[index] = new Uint8Array(0);

/** Programs of the entry points that carry no argument. */
let onHeartbeat: Bytes = new Uint8Array(0);
let onTimer: Bytes = new Uint8Array(0);
let onPreUpgrade: Bytes = new Uint8Array(0);
let onInspect: Bytes = new Uint8Array(0);
let onLowMemory: Bytes = new Uint8Array(0);
/** Without a program the heartbeat and the inspection do what a canister without them would. */
let hasInspect: bool = false;

/** Programs of outstanding calls; a callback's environment is an index into this. */
const callbacks = new Array<Bytes>();
const stack = new Array<Bytes>();

function push(value: Bytes): void {
  stack.push(value);
}

function pop(): Bytes {
  return stack.pop();
}

function pushNumber(value: u64): void {
  const bytes = new Uint8Array(8);
  store<u64>(bytes.dataStart, value);
  push(bytes);
}

/** A number may have fewer than 8 bytes, or be the low half of an amount. */
function numberOf(bytes: Bytes): u64 {
  let value: u64 = 0;
  for (let index = min(8, bytes.length) - 1; index >= 0; index--) value = (value << 8) | <u64>bytes[index];
  return value;
}

function popNumber(): u64 {
  return numberOf(pop());
}

function highOf(bytes: Bytes): u64 {
  return bytes.length >= 16 ? load<u64>(bytes.dataStart, 8) : 0;
}

function remember(program: Bytes): u32 {
  callbacks.push(program);
  return callbacks.length - 1;
}

function runCallback(index: u32): void {
  run(callbacks[index]);
}

function recurse(depth: u64): u64 {
  return depth === 0 ? 0 : recurse(depth - 1) + 1;
}

/** Keeps the loop of OP_SPIN from being optimised away. */
let spun: u64 = 0;

function run(program: Bytes): void {
  let at = 0;
  while (at < program.length) {
    const operation = program[at++];
    if (operation === OP_PUSH) {
      const size = load<u32>(program.dataStart + at);
      at += 4;
      push(program.slice(at, at + size));
      at += size;
    } else if (operation < FIRST_SYSTEM_OPERATION) {
      runBasic(operation);
    } else {
      runSystem(operation);
    }
  }
}

function runBasic(operation: u8): void {
  switch (operation) {
    case OP_DROP: pop(); break;
    case OP_DUPLICATE: { const value = pop(); push(value); push(value); break; }
    case OP_CONCAT: {
      const tail = pop();
      const head = pop();
      const joined = new Uint8Array(head.length + tail.length);
      joined.set(head);
      joined.set(tail, head.length);
      push(joined);
      break;
    }
    case OP_SLICE: { const size = <i32>popNumber(); const start = <i32>popNumber(); push(pop().slice(start, start + size)); break; }
    case OP_LENGTH: pushNumber(pop().length); break;
    case OP_FILLED: { const byte = <u8>popNumber(); const bytes = new Uint8Array(<i32>popNumber()); bytes.fill(byte); push(bytes); break; }
    case OP_ADD: pushNumber(popNumber() + popNumber()); break;
    case OP_SUBTRACT: { const right = popNumber(); pushNumber(popNumber() - right); break; }
    case OP_EQUAL: {
      const right = pop();
      const left = pop();
      pushNumber(left.length === right.length && memory.compare(left.dataStart, right.dataStart, left.length) === 0 ? 1 : 0);
      break;
    }
    case OP_LESS: { const right = popNumber(); pushNumber(popNumber() < right ? 1 : 0); break; }
    case OP_IF: { const otherwise = pop(); const then = pop(); run(popNumber() !== 0 ? then : otherwise); break; }
    case OP_REPEAT: { const body = pop(); for (let left = popNumber(); left > 0; left--) run(body); break; }
    case OP_RUN: run(pop()); break;
    case OP_SPIN: for (let left = popNumber(); left > 0; left--) spun = spun * 31 + left; break;
    case OP_RECURSE: pushNumber(recurse(popNumber())); break;
    case OP_UNREACHABLE: unreachable(); break;
    case OP_MEMORY_SIZE: pushNumber(memory.size()); break;
    case OP_MEMORY_GROW: pushNumber(<u64><i64>memory.grow(<i32>popNumber())); break;
    case OP_MEMORY_LOAD: { const size = <i32>popNumber(); const from = <usize>popNumber(); const bytes = new Uint8Array(size); memory.copy(bytes.dataStart, from, size); push(bytes); break; }
    case OP_MEMORY_STORE: { const bytes = pop(); memory.copy(<usize>popNumber(), bytes.dataStart, bytes.length); break; }
    case OP_GET_REGISTER: push(registers[<i32>popNumber()]); break;
    case OP_SET_REGISTER: { const value = pop(); registers[<i32>popNumber()] = value; break; }
    case OP_ON_HEARTBEAT: onHeartbeat = pop(); break;
    case OP_ON_TIMER: onTimer = pop(); break;
    case OP_ON_PRE_UPGRADE: onPreUpgrade = pop(); break;
    case OP_ON_INSPECT: onInspect = pop(); hasInspect = true; break;
    case OP_ON_LOW_MEMORY: onLowMemory = pop(); break;
    default: unreachable();
  }
}

/** Pushes what one of the pairs x_size, x_copy gives. */
function pushAmount(write: (dst: usize) => void): void {
  const bytes = new Uint8Array(16);
  write(bytes.dataStart);
  push(bytes);
}

function pushCopied(size: i32, copy: (dst: usize, offset: i32, size: i32) => void): void {
  const bytes = new Uint8Array(size);
  copy(bytes.dataStart, 0, size);
  push(bytes);
}

function runSystem(operation: u8): void {
  switch (operation) {
    case OP_ARGUMENT: pushCopied(msg_arg_data_size(), msg_arg_data_copy); break;
    case OP_CALLER: pushCopied(msg_caller_size(), msg_caller_copy); break;
    case OP_REJECT_CODE: pushNumber(msg_reject_code()); break;
    case OP_REJECT_MESSAGE: pushCopied(msg_reject_msg_size(), msg_reject_msg_copy); break;
    case OP_DEADLINE: pushNumber(msg_deadline()); break;
    case OP_REPLY_APPEND: { const bytes = pop(); msg_reply_data_append(bytes.dataStart, bytes.length); break; }
    case OP_REPLY: msg_reply(); break;
    case OP_REJECT: { const bytes = pop(); msg_reject(bytes.dataStart, bytes.length); break; }
    case OP_CYCLES_AVAILABLE: pushAmount(msg_cycles_available128); break;
    case OP_CYCLES_REFUNDED: pushAmount(msg_cycles_refunded128); break;
    case OP_CYCLES_ACCEPT: { const most = pop(); const bytes = new Uint8Array(16); msg_cycles_accept128(highOf(most), numberOf(most), bytes.dataStart); push(bytes); break; }
    case OP_CYCLES_BURN: { const most = pop(); const bytes = new Uint8Array(16); cycles_burn128(highOf(most), numberOf(most), bytes.dataStart); push(bytes); break; }
    case OP_SELF: pushCopied(canister_self_size(), canister_self_copy); break;
    case OP_CYCLE_BALANCE: pushAmount(canister_cycle_balance128); break;
    case OP_LIQUID_CYCLE_BALANCE: pushAmount(canister_liquid_cycle_balance128); break;
    case OP_CANISTER_STATUS: pushNumber(canister_status()); break;
    case OP_CANISTER_VERSION: pushNumber(canister_version()); break;
    case OP_SUBNET_SELF: pushCopied(subnet_self_size(), subnet_self_copy); break;
    case OP_METHOD_NAME: pushCopied(msg_method_name_size(), msg_method_name_copy); break;
    case OP_ACCEPT_MESSAGE: accept_message(); break;
    case OP_CALL_NEW: {
      const onReject = remember(pop());
      const onReply = remember(pop());
      const name = pop();
      const callee = pop();
      call_new(callee.dataStart, callee.length, name.dataStart, name.length, runCallback.index, onReply, runCallback.index, onReject);
      break;
    }
    case OP_CALL_ON_CLEANUP: call_on_cleanup(runCallback.index, remember(pop())); break;
    case OP_CALL_DATA_APPEND: { const bytes = pop(); call_data_append(bytes.dataStart, bytes.length); break; }
    case OP_CALL_BEST_EFFORT: call_with_best_effort_response(<u32>popNumber()); break;
    case OP_CALL_CYCLES_ADD: { const amount = pop(); call_cycles_add128(highOf(amount), numberOf(amount)); break; }
    case OP_CALL_PERFORM: pushNumber(call_perform()); break;
    case OP_STABLE_SIZE: pushNumber(stable64_size()); break;
    case OP_STABLE_GROW: pushNumber(stable64_grow(popNumber())); break;
    case OP_STABLE_WRITE: { const bytes = pop(); stable64_write(popNumber(), bytes.dataStart, bytes.length); break; }
    case OP_STABLE_READ: { const size = <i32>popNumber(); const bytes = new Uint8Array(size); stable64_read(bytes.dataStart, popNumber(), size); push(bytes); break; }
    case OP_ROOT_KEY: pushCopied(root_key_size(), root_key_copy); break;
    case OP_CERTIFIED_DATA_SET: { const bytes = pop(); certified_data_set(bytes.dataStart, bytes.length); break; }
    case OP_DATA_CERTIFICATE_PRESENT: pushNumber(data_certificate_present()); break;
    case OP_DATA_CERTIFICATE: pushCopied(data_certificate_size(), data_certificate_copy); break;
    case OP_TIME: pushNumber(time()); break;
    case OP_GLOBAL_TIMER_SET: pushNumber(global_timer_set(popNumber())); break;
    case OP_PERFORMANCE_COUNTER: pushNumber(performance_counter(<u32>popNumber())); break;
    case OP_IS_CONTROLLER: { const bytes = pop(); pushNumber(is_controller(bytes.dataStart, bytes.length)); break; }
    case OP_IN_REPLICATED_EXECUTION: pushNumber(in_replicated_execution()); break;
    default: runCostsAndEnvironment(operation);
  }
}

function runCostsAndEnvironment(operation: u8): void {
  const amount = new Uint8Array(16);
  switch (operation) {
    case OP_COST_CALL: { const payload = popNumber(); cost_call(popNumber(), payload, amount.dataStart); push(amount); break; }
    case OP_COST_CREATE_CANISTER: cost_create_canister(amount.dataStart); push(amount); break;
    case OP_COST_HTTP_REQUEST: { const most = popNumber(); cost_http_request(popNumber(), most, amount.dataStart); push(amount); break; }
    case OP_COST_SIGN_ECDSA: { const curve = <u32>popNumber(); const key = pop(); pushNumber(cost_sign_with_ecdsa(key.dataStart, key.length, curve, amount.dataStart)); push(amount); break; }
    case OP_COST_SIGN_SCHNORR: { const algorithm = <u32>popNumber(); const key = pop(); pushNumber(cost_sign_with_schnorr(key.dataStart, key.length, algorithm, amount.dataStart)); push(amount); break; }
    case OP_COST_VETKD: { const curve = <u32>popNumber(); const key = pop(); pushNumber(cost_vetkd_derive_key(key.dataStart, key.length, curve, amount.dataStart)); push(amount); break; }
    case OP_ENV_VAR_COUNT: pushNumber(env_var_count()); break;
    case OP_ENV_VAR_NAME: {
      const index = <i32>popNumber();
      const name = new Uint8Array(env_var_name_size(index));
      env_var_name_copy(index, name.dataStart, 0, name.length);
      push(name);
      break;
    }
    case OP_ENV_VAR_EXISTS: { const name = pop(); pushNumber(env_var_name_exists(name.dataStart, name.length)); break; }
    case OP_ENV_VAR_VALUE: {
      const name = pop();
      const value = new Uint8Array(env_var_value_size(name.dataStart, name.length));
      env_var_value_copy(name.dataStart, name.length, value.dataStart, 0, value.length);
      push(value);
      break;
    }
    case OP_DEBUG_PRINT: { const bytes = pop(); debug_print(bytes.dataStart, bytes.length); break; }
    case OP_TRAP: { const bytes = pop(); trap(bytes.dataStart, bytes.length); break; }
    default: unreachable();
  }
}

/** Runs the program that is the message's argument. */
function runArgument(): void {
  const size = msg_arg_data_size();
  const program = new Uint8Array(size);
  msg_arg_data_copy(program.dataStart, 0, size);
  run(program);
}

export function canister_init(): void { runArgument(); }
export function canister_post_upgrade(): void { runArgument(); }
export function canister_pre_upgrade(): void { run(onPreUpgrade); }
export function canister_heartbeat(): void { run(onHeartbeat); }
export function canister_global_timer(): void { run(onTimer); }
export function canister_on_low_wasm_memory(): void { run(onLowMemory); }
export function canister_inspect_message(): void {
  if (hasInspect) run(onInspect);
  else accept_message();
}
export function canister_update__update(): void { runArgument(); }
export function canister_query__query(): void { runArgument(); }
export function canister_composite_query__composite_query(): void { runArgument(); }
