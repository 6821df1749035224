// What a canister needs of the network, and a little Candid: texts and 64-bit numbers.
// All functions of the system: https://docs.internetcomputer.org/references/ic-interface-spec/canister-interface

@external("ic0", "msg_arg_data_size") declare function msg_arg_data_size(): i32;
@external("ic0", "msg_arg_data_copy") declare function msg_arg_data_copy(to: usize, offset: i32, size: i32): void;
@external("ic0", "msg_reply_data_append") declare function msg_reply_data_append(from: usize, size: i32): void;
@external("ic0", "msg_reply") declare function msg_reply(): void;
@external("ic0", "trap") declare function ic0_trap(from: usize, size: i32): void;
@external("ic0", "stable64_size") declare function stable64_size(): u64;
@external("ic0", "stable64_grow") declare function stable64_grow(pages: u64): u64;
@external("ic0", "stable64_read") declare function stable64_read(to: u64, offset: u64, size: u64): void;
@external("ic0", "stable64_write") declare function stable64_write(offset: u64, from: u64, size: u64): void;

/** Ends the message; what it has done so far is undone, and the caller gets the text. */
export function trap(message: string): void {
  const bytes = String.UTF8.encode(message);
  ic0_trap(changetype<usize>(bytes), bytes.byteLength);
}

/** Called by the compiler where a program is wrong: an index out of bounds, a failed assertion. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  trap((message === null ? "aborted" : message) + " at " + (file === null ? "?" : file) + ":" + line.toString() + ":" + column.toString());
}

// Stable memory is what outlives upgrades. It is counted in pages of 64 KiB and starts with none.

/** Makes sure that stable memory has a page. */
export function reserveStablePage(): void {
  if (stable64_size() == 0 && stable64_grow(1) == u64.MAX_VALUE) trap("no memory is left");
}

export function readStable(offset: u64): u64 {
  const cell = new StaticArray<u64>(1);
  stable64_read(changetype<usize>(cell), offset, sizeof<u64>());
  return cell[0];
}

export function writeStable(offset: u64, value: u64): void {
  const cell = StaticArray.fromArray<u64>([value]);
  stable64_write(offset, changetype<usize>(cell), sizeof<u64>());
}

// Candid: "DIDL", the number of composite types, the number of values, their types, the values.

const NAT64: u8 = 0x78;
const TEXT: u8 = 0x71;

function reply(type: u8, value: ArrayBuffer, prefix: u8[]): void {
  const head: u8[] = [0x44, 0x49, 0x44, 0x4c, 0, 1, type];
  msg_reply_data_append(head.dataStart, head.length);
  msg_reply_data_append(prefix.dataStart, prefix.length);
  msg_reply_data_append(changetype<usize>(value), value.byteLength);
  msg_reply();
}

/** Replies `(nat64)`. */
export function replyNat64(value: u64): void {
  const bytes = new ArrayBuffer(8);
  store<u64>(changetype<usize>(bytes), value);
  reply(NAT64, bytes, []);
}

/** Replies `(text)`. */
export function replyText(text: string): void {
  const bytes = String.UTF8.encode(text);
  const length: u8[] = [];
  let rest = bytes.byteLength;
  do {
    const more = rest > 127;
    length.push(<u8>((rest & 127) | (more ? 128 : 0)));
    rest >>>= 7;
  } while (rest > 0);
  reply(TEXT, bytes, length);
}

/** The argument `(text)` of this message. Traps when it is something else. */
export function readTextArgument(): string {
  const bytes = new Uint8Array(msg_arg_data_size());
  msg_arg_data_copy(bytes.dataStart, 0, bytes.length);
  const head: u8[] = [0x44, 0x49, 0x44, 0x4c, 0, 1, TEXT];
  let at = 0;
  while (at < head.length && at < bytes.length && bytes[at] == head[at]) at++;
  if (at < head.length) trap("the argument is not one text");
  let size = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte: i32 = bytes[at++];
    size |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  if (at + size != bytes.length) trap("the argument is not one text");
  return String.UTF8.decodeUnsafe(bytes.dataStart + at, size);
}
