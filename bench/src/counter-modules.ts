/**
 * The smallest canisters that do something: what the throughput figures run.
 * @module
 */
import { ic0Imports, wat } from '@myelin/test-canisters';

/** `inc` adds one to a 32-bit counter and replies with it. */
export function counterModule(): Promise<Uint8Array> {
  return wat(`(module
    ${ic0Imports(['msg_reply', 'msg_reply_data_append'])}
    (memory 1)
    (func (export "canister_update inc")
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
      (call $msg_reply_data_append (i32.const 0) (i32.const 4))
      (call $msg_reply))
    (func (export "canister_query get")
      (call $msg_reply_data_append (i32.const 0) (i32.const 4))
      (call $msg_reply)))`);
}

/** `echo` adds one to a counter, copies its argument behind it and replies with the argument. */
export function echoModule(): Promise<Uint8Array> {
  return wat(`(module
    ${ic0Imports(['msg_arg_data_size', 'msg_arg_data_copy', 'msg_reply', 'msg_reply_data_append'])}
    (memory (export "memory") 1)
    (func (export "canister_update echo")
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
      (call $msg_arg_data_copy (i32.const 64) (i32.const 0) (call $msg_arg_data_size))
      (call $msg_reply_data_append (i32.const 64) (call $msg_arg_data_size))
      (call $msg_reply)))`);
}

/**
 * `run` makes as many calls as its argument (u32) says, `window` at a time, to the canister whose id follows in the argument, and
 * replies when all are answered. `ping` replies at once.
 */
export function callerModule(): Promise<Uint8Array> {
  return wat(`(module
    ${ic0Imports(['msg_reply', 'msg_reply_data_append', 'msg_arg_data_size', 'msg_arg_data_copy', 'call_new', 'call_perform'])}
    (memory 1)
    (table funcref (elem $on_reply $on_reject))
    (data (i32.const 64) "ping")
    (global $left (mut i32) (i32.const 0))
    (global $open (mut i32) (i32.const 0))
    (func $send
      (call $call_new (i32.const 4) (i32.const 10) (i32.const 64) (i32.const 4) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0))
      (if (call $call_perform) (then unreachable))
      (global.set $left (i32.sub (global.get $left) (i32.const 1)))
      (global.set $open (i32.add (global.get $open) (i32.const 1))))
    (func (export "canister_update run") (local $window i32)
      (call $msg_arg_data_copy (i32.const 0) (i32.const 0) (call $msg_arg_data_size))
      (global.set $left (i32.load (i32.const 0)))
      (local.set $window (i32.const 100))
      (loop $more
        (if (i32.and (i32.ne (global.get $left) (i32.const 0)) (i32.ne (local.get $window) (i32.const 0))) (then
          (call $send)
          (local.set $window (i32.sub (local.get $window) (i32.const 1)))
          (br $more)))))
    (func $on_reply (param i32)
      (global.set $open (i32.sub (global.get $open) (i32.const 1)))
      (if (global.get $left) (then (call $send))
        (else (if (i32.eqz (global.get $open)) (then (call $msg_reply))))))
    (func $on_reject (param i32) unreachable)
    (func (export "canister_update ping") (call $msg_reply)))`);
}

/** `burn` works until it has executed as many instructions as its argument (u64) says, and replies. */
export function burnerModule(): Promise<Uint8Array> {
  return wat(`(module
    ${ic0Imports(['msg_reply', 'msg_reply_data_append', 'msg_arg_data_size', 'msg_arg_data_copy', 'performance_counter'])}
    (memory 1)
    (func (export "canister_update burn") (local $round i32)
      (call $msg_arg_data_copy (i32.const 0) (i32.const 0) (i32.const 8))
      (loop $more
        (local.set $round (i32.const 100000))
        (loop $work
          (i64.store (i32.const 8) (i64.add (i64.load (i32.const 8)) (i64.const 1)))
          (br_if $work (local.tee $round (i32.sub (local.get $round) (i32.const 1)))))
        (br_if $more (i64.lt_u (call $performance_counter (i32.const 0)) (i64.load (i32.const 0)))))
      (call $msg_reply_data_append (i32.const 8) (i32.const 8))
      (call $msg_reply)))`);
}

/** The query `big` replies with a mebibyte. */
export function largeReplyModule(): Promise<Uint8Array> {
  return wat(`(module
    ${ic0Imports(['msg_reply', 'msg_reply_data_append'])}
    (memory 16)
    (func (export "canister_query big")
      (call $msg_reply_data_append (i32.const 0) (i32.const 1048576))
      (call $msg_reply)))`);
}

/** Answers every page with the same bytes: `http_request` replies with `reply`, which is Candid. */
export function pageModule(reply: Uint8Array): Promise<Uint8Array> {
  const data = Array.from(reply, (byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
  return wat(`(module
    ${ic0Imports(['msg_reply', 'msg_reply_data_append'])}
    (memory 1)
    (data (i32.const 0) "${data}")
    (func (export "canister_query http_request")
      (call $msg_reply_data_append (i32.const 0) (i32.const ${reply.length}))
      (call $msg_reply)))`);
}

/**
 * A heap of so many 64 KiB pages. `fill` writes to the 256 that start at the one its argument (u32) says, each 4 KiB another number; `touch`
 * writes to every hundredth 4 KiB, starting at that of its argument.
 */
export function largeHeapModule(wasmPages: number): Promise<Uint8Array> {
  return wat(`(module
    ${ic0Imports(['msg_arg_data_copy', 'msg_reply'])}
    (memory ${wasmPages})
    (func $argument (result i32) (local $kept i32)
      (local.set $kept (i32.load (i32.const 0)))
      (call $msg_arg_data_copy (i32.const 0) (i32.const 0) (i32.const 4))
      (i32.load (i32.const 0)) (i32.store (i32.const 0) (local.get $kept)))
    (func $write (param $at i32) (param $step i32) (param $end i32)
      (loop
        (i32.store offset=8 (local.get $at) (i32.add (i32.load offset=8 (local.get $at)) (i32.or (local.get $at) (i32.const 1))))
        (local.set $at (i32.add (local.get $at) (local.get $step)))
        (br_if 0 (i32.lt_u (local.get $at) (local.get $end)))))
    (func (export "canister_update fill") (local $from i32)
      (local.set $from (i32.shl (call $argument) (i32.const 16)))
      (call $write (local.get $from) (i32.const 4096) (i32.add (local.get $from) (i32.const 0x1000000)))
      (call $msg_reply))
    (func (export "canister_update touch")
      (call $write (i32.shl (call $argument) (i32.const 12)) (i32.const 409600) (i32.const ${wasmPages * 65_536}))
      (call $msg_reply)))`);
}
