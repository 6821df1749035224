/** Canisters that answer with bytes decided by the test: also bytes that no compiler would make them answer with. */
import { ic0Imports, wat } from '@myelin/test-canisters';

/** What a method does: the reply chosen by the last byte of its argument, or a trap. */
export type CannedMethod = { readonly update?: boolean } & ({ readonly replies: readonly Uint8Array[] } | { readonly trap: string });

function dataText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
}

/** A module with these methods. */
export async function cannedCanister(methods: Readonly<Record<string, CannedMethod>>): Promise<Uint8Array> {
  let end = 16;
  const data: string[] = [];
  const place = (bytes: Uint8Array): number => {
    const start = end;
    data.push(`(data (i32.const ${start}) "${dataText(bytes)}")`);
    end += bytes.length;
    return start;
  };
  const functions = Object.entries(methods).map(([name, method]) => {
    const export_ = `(export "canister_${method.update === true ? 'update' : 'query'} ${name}")`;
    if ('trap' in method) {
      const text = new TextEncoder().encode(method.trap);
      return `(func ${export_} (call $trap (i32.const ${place(text)}) (i32.const ${text.length})))`;
    }
    const cases = method.replies.map((reply, index) => {
      const start = place(reply);
      return `(if (i32.eq (local.get $which) (i32.const ${index})) (then (call $msg_reply_data_append (i32.const ${start}) (i32.const ${reply.length}))))`;
    });
    return `(func ${export_} (local $which i32)
      (if (i32.gt_u (call $msg_arg_data_size) (i32.const 0)) (then
        (call $msg_arg_data_copy (i32.const 0) (i32.sub (call $msg_arg_data_size) (i32.const 1)) (i32.const 1))
        (local.set $which (i32.rem_u (i32.load8_u (i32.const 0)) (i32.const ${method.replies.length})))))
      ${cases.join('\n')}
      (call $msg_reply))`;
  });
  const imports = ic0Imports(['msg_arg_data_size', 'msg_arg_data_copy', 'msg_reply_data_append', 'msg_reply', 'trap']);
  const pages = Math.ceil(end / 65_536);
  return wat(`(module ${imports} (memory ${pages}) ${data.join('\n')} ${functions.join('\n')})`);
}
