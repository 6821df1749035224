/**
 * Metadata in a module: custom sections, which say something and do nothing.
 * Source: WebAssembly core specification, "Binary Format, Modules"; IC interface spec, "Canister module format".
 * @module
 */
import { fromUtf8, utf8 } from '@myelin/core/base';

/** Magic number and version. */
const PREAMBLE_BYTES = 8;
const CUSTOM_SECTION = 0;
/** Of an unsigned LEB128 number of 32 bits. */
const LENGTH_BYTES_MAX = 5;

function encodeLength(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

function decodeLength(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let scale = 1;
  for (let at = start; at < start + LENGTH_BYTES_MAX; at++, scale *= 128) {
    const byte = bytes[at] ?? 0;
    value += (byte % 128) * scale;
    if (byte < 128) return { value, end: at + 1 };
  }
  return { value, end: start + LENGTH_BYTES_MAX };
}

type Section = { readonly start: number; readonly end: number; readonly customName: string | undefined };

function* sectionsOf(bytes: Uint8Array): Generator<Section, void, undefined> {
  for (let start = PREAMBLE_BYTES; start < bytes.length;) {
    const length = decodeLength(bytes, start + 1);
    const end = Math.min(length.end + length.value, bytes.length);
    const name = decodeLength(bytes, length.end);
    const isCustom = bytes[start] === CUSTOM_SECTION;
    yield { start, end, customName: isCustom ? fromUtf8(bytes.subarray(name.end, name.end + name.value)) : undefined };
    start = end;
  }
}

/**
 * Puts a section into a module, in the place of one of the same name whoever may read that.
 * @param bytes - a whole module, not compressed.
 */
export function putMetadata(bytes: Uint8Array, name: string, isPublic: boolean, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const replaced = [`icp:public ${name}`, `icp:private ${name}`];
  const parts: Uint8Array[] = [bytes.subarray(0, PREAMBLE_BYTES)];
  for (const { start, end, customName } of sectionsOf(bytes)) {
    if (customName === undefined || !replaced.includes(customName)) parts.push(bytes.subarray(start, end));
  }
  const nameBytes = utf8(`icp:${isPublic ? 'public' : 'private'} ${name}`);
  const head = [...encodeLength(nameBytes.length), ...nameBytes];
  parts.push(Uint8Array.from([CUSTOM_SECTION, ...encodeLength(head.length + content.length), ...head]), content);
  return Uint8Array.from(Buffer.concat(parts));
}
