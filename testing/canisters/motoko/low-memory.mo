/// Notices that little of the Wasm memory is left.
import Array "mo:core/Array";
import VarArray "mo:core/VarArray";
import Nat8 "mo:core/Nat8";

persistent actor {
  var warnings : Nat = 0;
  var hoard : [[var Nat8]] = [];

  system func lowmemory() : async* () {
    warnings += 1;
  };

  public query func count() : async Nat {
    warnings;
  };

  /// Keeps `mebibytes` MiB more: an element takes 8 bytes.
  public func hoardMore(mebibytes : Nat) : async Nat {
    hoard := hoard.concat([VarArray.repeat<Nat8>(0, mebibytes * 131_072)]);
    hoard.size();
  };
};
