import * as c from '@myelin/core/candid';
import { IDL } from '@icp-sdk/core/candid';
import { toHex, fromHex, principalFromText } from '@myelin/core/base';
import type { PrincipalId } from '@myelin/core/base';
import { Principal } from '@icp-sdk/core/principal';
const account = c.record({ owner: c.principal, subaccount: c.opt(c.blob) });
const transfer = c.record({
  from_subaccount: c.opt(c.blob),
  to: account,
  amount: c.nat,
  fee: c.opt(c.nat),
  memo: c.opt(c.blob),
  created_at_time: c.opt(c.nat64),
});
const codec = c.argsCodec([transfer]);
const owner = principalFromText('ryjl3-tyaaa-aaaaa-aaaba-cai');
const value = {
  from_subaccount: [],
  to: { owner, subaccount: [] },
  amount: 123456789n,
  fee: [10000n],
  memo: [],
  created_at_time: [1_700_000_000_000_000_000n],
} as const;
const bytes = codec.encode([value]);
console.log(toHex(bytes), bytes.length);
console.log(codec.decode(bytes));
const A = IDL.Record({ owner: IDL.Principal, subaccount: IDL.Opt(IDL.Vec(IDL.Nat8)) });
const T = IDL.Record({
  from_subaccount: IDL.Opt(IDL.Vec(IDL.Nat8)),
  to: A,
  amount: IDL.Nat,
  fee: IDL.Opt(IDL.Nat),
  memo: IDL.Opt(IDL.Vec(IDL.Nat8)),
  created_at_time: IDL.Opt(IDL.Nat64),
});
console.log(IDL.decode([T], bytes));
const theirs = IDL.encode([T], [{ ...value, to: { owner: Principal.fromText('ryjl3-tyaaa-aaaaa-aaaba-cai'), subaccount: [] } }]);
console.log(toHex(theirs), codec.decode(theirs));
function bench(name: string, f: () => void) {
  for (let i = 0; i < 20000; i++) f();
  const t = performance.now();
  for (let i = 0; i < 100000; i++) f();
  console.log(name, ((performance.now() - t) / 100).toFixed(2), 'us');
}
bench('decode', () => codec.decode(bytes));
bench('encode', () => codec.encode([value]));
bench('cold decode', () => c.argsCodec([transfer]).decode(bytes));
bench('agent decode', () => IDL.decode([T], bytes));
const h = '4449444c016d7f01008094ebdc03';
try {
  c.decodeArgs([], fromHex(h));
} catch (e) {
  console.log(String(e));
}
try {
  codec.encode([{ ...value, to: { owner: 'zz' as PrincipalId, subaccount: [] } }]);
} catch (e) {
  console.log(String(e));
}
try {
  c.decodeArgs([c.record({ amount: c.text })], bytes);
} catch (e) {
  console.log(String(e));
}
