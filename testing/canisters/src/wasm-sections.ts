/**
 * The section list of a Wasm binary: enough to rename exports, to add custom sections and to pad a module to a wanted size.
 *
 * Written apart from the parser of the core on purpose: what builds the inputs of a test must not share its mistakes.
 * @module
 */

/** One section: its id (0 = custom) and its contents. */
export type WasmSection = { readonly id: number; readonly contents: Uint8Array };

const PREAMBLE_BYTES = 8;
const CUSTOM_SECTION = 0;
const EXPORT_SECTION = 7;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Unsigned LEB128, shortest form. */
export function unsignedLeb128(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}

/** The unsigned LEB128 number at `start`, and where it ends. */
export function readUnsignedLeb128(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let scale = 1;
  for (let index = start; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte < 128) return { value, end: index + 1 };
  }
  throw new Error('the module ends inside a number');
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** A name or byte vector: its length, then its bytes. */
export function lengthPrefixed(bytes: Uint8Array): Uint8Array {
  return join([unsignedLeb128(bytes.length), bytes]);
}

/** The sections of a module, in order. */
export function readSections(wasm: Uint8Array): WasmSection[] {
  const sections: WasmSection[] = [];
  let offset = PREAMBLE_BYTES;
  while (offset < wasm.length) {
    const { value: size, end } = readUnsignedLeb128(wasm, offset + 1);
    sections.push({ id: wasm[offset] ?? 0, contents: wasm.subarray(end, end + size) });
    offset = end + size;
  }
  return sections;
}

/** The module that consists of these sections. */
export function writeSections(sections: readonly WasmSection[]): Uint8Array {
  const preamble = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  return join([preamble, ...sections.flatMap(({ id, contents }) => [Uint8Array.of(id), lengthPrefixed(contents)])]);
}

/** A custom section, for example `icp:public candid:service`. */
export function customSection(name: string, contents: Uint8Array): WasmSection {
  return { id: CUSTOM_SECTION, contents: join([lengthPrefixed(encoder.encode(name)), contents]) };
}

/** The module with further custom sections at its end. */
export function addCustomSections(wasm: Uint8Array, sections: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const added = Object.entries(sections).map(([name, contents]) => customSection(name, contents));
  return writeSections([...readSections(wasm), ...added]);
}

/** Names of the exports of a module. */
export function exportNames(wasm: Uint8Array): string[] {
  const names: string[] = [];
  renameExports(wasm, (name) => {
    names.push(name);
    return name;
  });
  return names;
}

/** The module with its exports renamed, or left out where `rename` answers undefined; indices and everything else stay. */
export function renameExports(wasm: Uint8Array, rename: (name: string) => string | undefined): Uint8Array {
  return writeSections(
    readSections(wasm).map((section) => {
      if (section.id !== EXPORT_SECTION) return section;
      const { contents } = section;
      const count = readUnsignedLeb128(contents, 0);
      const kept: Uint8Array[] = [];
      let offset = count.end;
      for (let index = 0; index < count.value; index++) {
        const length = readUnsignedLeb128(contents, offset);
        const nameEnd = length.end + length.value;
        const { end } = readUnsignedLeb128(contents, nameEnd + 1);
        const name = rename(decoder.decode(contents.subarray(length.end, nameEnd)));
        if (name !== undefined) kept.push(join([lengthPrefixed(encoder.encode(name)), contents.subarray(nameEnd, end)]));
        offset = end;
      }
      return { id: EXPORT_SECTION, contents: join([unsignedLeb128(kept.length), ...kept]) };
    }),
  );
}
