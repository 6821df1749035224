/// A number that outlives upgrades: update, query, trap after a write, and a caller.
import Runtime "mo:core/Runtime";

persistent actor {
  var count : Nat = 0;

  public func inc() : async Nat {
    count += 1;
    count;
  };

  public func add(amount : Nat) : async Nat {
    count += amount;
    count;
  };

  public query func get() : async Nat {
    count;
  };

  /// Writes, then traps: the write must not be seen.
  public func incThenTrap() : async Nat {
    count += 1;
    Runtime.trap("trapped on purpose");
  };

  /// A query that writes: the write must not be seen either.
  public query func incInQuery() : async Nat {
    count += 1;
    count;
  };

  public shared query ({ caller }) func whoami() : async Principal {
    caller;
  };

  public query func greet(name : Text) : async Text {
    "Hello, " # name # "!";
  };
};
