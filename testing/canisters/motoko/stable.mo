/// State that outlives upgrades in the heap, and bytes in stable memory.
import Array "mo:core/Array";
import Region "mo:core/Region";
import Nat64 "mo:core/Nat64";

persistent actor {
  var names : [Text] = [];
  transient var sinceUpgrade : Nat = 0;
  let region = Region.new();

  public func add(name : Text) : async Nat {
    names := names.concat([name]);
    sinceUpgrade += 1;
    names.size();
  };

  public query func all() : async { names : [Text]; sinceUpgrade : Nat } {
    { names; sinceUpgrade };
  };

  /// Grows stable memory as needed (pages of 64 KiB) and writes.
  public func write(offset : Nat64, bytes : Blob) : async () {
    let end = offset + Nat64.fromNat(bytes.size());
    let pages = (end + 65_535) / 65_536;
    if (region.size() < pages and region.grow(pages - region.size()) == 0xffff_ffff_ffff_ffff) {
      assert false;
    };
    region.storeBlob(offset, bytes);
  };

  public query func read(offset : Nat64, size : Nat) : async Blob {
    region.loadBlob(offset, size);
  };

  public query func pages() : async Nat64 {
    region.size();
  };
};
