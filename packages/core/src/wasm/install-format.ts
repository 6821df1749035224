/**
 * The forms in which a module is installed: WebAssembly as it is, or compressed by gzip.
 *
 * Sources: IC interface specification, "Canister module format"; RFC 1952. The trailer of a gzip stream names the length of its content, so the
 * bound is checked before anything is decompressed, and a stream that then yields another length is refused at that length.
 * @module
 */
import { crc32, err, ok } from '../base/index.ts';
import type { Result } from '../base/index.ts';
import { inflate } from './inflate.ts';
import { INSTALLED_BYTES_MAX, MODULE_BYTES_MAX } from './limits.ts';
import { refusalOf, refuse } from './rules.ts';
import type { WasmRefusal } from './types.ts';

const GZIP_START: readonly number[] = [0x1f, 0x8b, 0x08];
const TRAILER_BYTES = 8;

/** Bytes that DEFLATE can make of one, at most. */
const INFLATE_RATIO_MAX = 1032;

const FLAG_HEADER_CRC = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;
const FLAGS_RESERVED = 0xe0;

/**
 * The module inside the bytes of an installation.
 *
 * @param installed - raw WebAssembly or one gzip stream, at most 100 MiB.
 * @returns the module, at most 100 MiB; the same array when it was not compressed.
 */
export function decodeCanisterModule(installed: Uint8Array): Result<Uint8Array, WasmRefusal> {
  try {
    return ok(decode(installed));
  } catch (thrown) {
    return err(refusalOf(thrown));
  }
}

/** Bytes of the module inside the bytes of an installation, as these say; what says something else is refused by {@link decodeCanisterModule}. */
export function canisterModuleBytes(installed: Uint8Array): number {
  const isCompressed = beginsWith(installed, GZIP_START) && installed.length > TRAILER_BYTES;
  return isCompressed ? littleEndian32(installed, installed.length - 4) : installed.length;
}

function decode(installed: Uint8Array): Uint8Array {
  if (installed.length > INSTALLED_BYTES_MAX)
    refuse('WASM_INSTALL_BYTES', `Wasm module size of ${installed.length} exceeds the maximum allowed size of ${INSTALLED_BYTES_MAX}.`);
  if (beginsWith(installed, [0x00, 0x61, 0x73, 0x6d])) return installed;
  if (beginsWith(installed, GZIP_START)) return gunzip(installed);
  return refuse('WASM_INSTALL_FORMAT', 'unsupported canister module format: neither WebAssembly nor gzip');
}

function beginsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return bytes.length >= start.length && start.every((byte, index) => bytes[index] === byte);
}

function gunzip(installed: Uint8Array): Uint8Array {
  const start = gzipHeaderEnd(installed);
  const end = installed.length - TRAILER_BYTES;
  if (end <= start) return refuse('WASM_INSTALL_GZIP', 'the gzip stream is cut short');
  const checksum = littleEndian32(installed, end);
  const length = littleEndian32(installed, end + 4);
  if (length > MODULE_BYTES_MAX)
    refuse('WASM_INSTALL_UNCOMPRESSED_BYTES', `Wasm module size of ${length} exceeds the maximum allowed size of ${MODULE_BYTES_MAX}.`);
  if (length > (end - start) * INFLATE_RATIO_MAX)
    refuse('WASM_INSTALL_GZIP', 'the gzip stream cannot hold the length that its trailer names');
  const content = new Uint8Array(length);
  const { position, written } = inflate(installed, start, end, content);
  if (position < end) refuse('WASM_INSTALL_GZIP_TRAILING', `${end - position} bytes follow the gzip stream`);
  if (written !== length || crc32(content) !== checksum)
    refuse('WASM_INSTALL_GZIP', 'the checksum or length of the gzip stream does not match its content');
  return content;
}

function littleEndian32(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24)) >>> 0;
}

/** Where the compressed data begins. */
function gzipHeaderEnd(bytes: Uint8Array): number {
  const cutShort = (): never => refuse('WASM_INSTALL_GZIP', 'the gzip header is cut short');
  if (bytes.length < 10) return cutShort();
  const flags = bytes[3]!;
  if ((flags & FLAGS_RESERVED) !== 0) return refuse('WASM_INSTALL_GZIP', 'the gzip header has unknown flags');
  let position = 10;
  if ((flags & FLAG_EXTRA) !== 0) {
    if (bytes.length < position + 2) return cutShort();
    position += 2 + (bytes[position]! | (bytes[position + 1]! << 8));
  }
  for (const flag of [FLAG_NAME, FLAG_COMMENT]) {
    if ((flags & flag) === 0) continue;
    const zero = bytes.indexOf(0, position);
    if (zero < 0) return cutShort();
    position = zero + 1;
  }
  if ((flags & FLAG_HEADER_CRC) === 0) return position;
  if (bytes.length < position + 2) return cutShort();
  const expected = bytes[position]! | (bytes[position + 1]! << 8);
  if ((crc32(bytes.subarray(0, position)) & 0xffff) !== expected)
    return refuse('WASM_INSTALL_GZIP', 'the checksum of the gzip header does not match');
  return position + 2;
}
