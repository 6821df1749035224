/**
 * The part of the management canister's interface that clients need to install canisters on a test network.
 *
 * Source: IC interface specification, ic.did.
 * @module
 */
import type { IDL } from '@icp-sdk/core/candid';

/** Methods as a Candid service. Works with the `IDL` of any client: each hands in its own. */
export const managementInterface: IDL.InterfaceFactory = ({ IDL: idl }) => {
  const canisterId = idl.Record({ canister_id: idl.Principal });
  const settings = idl.Record({ controllers: idl.Opt(idl.Vec(idl.Principal)) });
  const persistence = idl.Variant({ keep: idl.Null, replace: idl.Null });
  const mode = idl.Variant({
    install: idl.Null,
    reinstall: idl.Null,
    upgrade: idl.Opt(idl.Record({ skip_pre_upgrade: idl.Opt(idl.Bool), wasm_memory_persistence: idl.Opt(persistence) })),
  });
  return idl.Service({
    provisional_create_canister_with_cycles: idl.Func(
      [idl.Record({ amount: idl.Opt(idl.Nat), settings: idl.Opt(settings), specified_id: idl.Opt(idl.Principal) })],
      [canisterId],
      [],
    ),
    install_code: idl.Func(
      [idl.Record({ mode, canister_id: idl.Principal, wasm_module: idl.Vec(idl.Nat8), arg: idl.Vec(idl.Nat8) })],
      [],
      [],
    ),
    canister_status: idl.Func(
      [canisterId],
      [
        idl.Record({
          status: idl.Variant({ running: idl.Null, stopping: idl.Null, stopped: idl.Null }),
          cycles: idl.Nat,
          memory_size: idl.Nat,
        }),
      ],
      [],
    ),
    stop_canister: idl.Func([canisterId], [], []),
    delete_canister: idl.Func([canisterId], [], []),
  });
};

/** The first canister id of a fresh network: any id of its range says which subnet is meant. */
export const FIRST_CANISTER_ID = 'rwlgt-iiaaa-aaaaa-aaaaa-cai';

/** An argument list of no values. */
export const NO_ARGUMENTS: Uint8Array = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);
