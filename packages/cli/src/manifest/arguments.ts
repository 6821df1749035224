/**
 * Arguments of installations: `init_args` and `upgrade_args` of icp.yaml, `init_arg` and `init_arg_file` of dfx.json.
 * @module
 */
import { resolve } from 'node:path';
import { fromHex, IcError } from '@myelin/core/base';
import type { ManifestValue } from './document.ts';
import { readBoundedFile, readBoundedText } from './files.ts';
import type { InstallArgument } from './model.ts';

function parseHex(text: string, value: ManifestValue): InstallArgument {
  try {
    return { format: 'bytes', bytes: fromHex(text.trim().toLowerCase()) };
  } catch (error) {
    if (error instanceof IcError) throw value.refuse(`is not hex: ${error.message}`);
    throw error;
  }
}

/** A text in Candid, or `{ path | value, format }`. */
export async function readInstallArgument(value: ManifestValue, folder: string): Promise<InstallArgument> {
  if (value.isText) return { format: 'candid', text: value.text() };
  value.allow(['path', 'value', 'format']);
  const path = value.get('path');
  const inline = value.get('value');
  const format = value.get('format')?.text() ?? 'candid';
  if ((path === undefined) === (inline === undefined)) throw value.refuse("needs either 'path' or 'value'");
  const file = path === undefined ? undefined : resolve(folder, path.text());
  switch (format) {
    case 'bin':
      if (path === undefined || file === undefined) throw value.refuse("has the format 'bin', which needs a 'path'");
      return { format: 'bytes', bytes: await readBoundedFile(file, path) };
    case 'hex':
      return parseHex(path === undefined || file === undefined ? (inline?.text() ?? '') : await readBoundedText(file, path), value);
    case 'candid':
    case 'idl':
      return {
        format: 'candid',
        text: path === undefined || file === undefined ? (inline?.text() ?? '') : await readBoundedText(file, path),
      };
    default:
      throw value.refuse(`has the format '${format}'`, "write 'candid', 'hex' or 'bin'");
  }
}

/** `init_arg`, or `init_arg_file` with a file. */
export async function readDfxArgument(canister: ManifestValue, folder: string): Promise<InstallArgument | undefined> {
  const inline = canister.get('init_arg');
  const file = canister.get('init_arg_file');
  if (inline !== undefined && file !== undefined) throw file.refuse('stands beside init_arg', 'leave one of the two out');
  if (inline !== undefined) return { format: 'candid', text: inline.text() };
  return file === undefined ? undefined : { format: 'candid', text: await readBoundedText(resolve(folder, file.text()), file) };
}
