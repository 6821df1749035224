/// Calls between canisters: replies, rejects, traps on either side of an await, cleanup.
import Array "mo:core/Array";
import Error "mo:core/Error";
import Runtime "mo:core/Runtime";

persistent actor {
  public type Peer = actor {
    echo : (Text) -> async Text;
    refuse : (Text) -> async ();
    trapNow : () -> async ();
    missingMethod : () -> async ();
  };

  var log : [Text] = [];

  func note(entry : Text) {
    log := log.concat([entry]);
  };

  public func echo(text : Text) : async Text {
    text;
  };

  public func refuse(reason : Text) : async () {
    throw Error.reject(reason);
  };

  public func trapNow() : async () {
    Runtime.trap("trapped in the callee");
  };

  public query func entries() : async [Text] {
    log;
  };

  public func callEcho(peer : Peer, text : Text) : async Text {
    note("before " # text);
    let answer = await peer.echo(text);
    note("after " # answer);
    answer;
  };

  func describe(error : Error) : Text {
    let kind = switch (error.code()) {
      case (#system_fatal) "system_fatal";
      case (#system_transient) "system_transient";
      case (#destination_invalid) "destination_invalid";
      case (#canister_reject) "canister_reject";
      case (#canister_error) "canister_error";
      case _ "other";
    };
    kind # ": " # error.message();
  };

  public func catchRefuse(peer : Peer) : async Text {
    try { await peer.refuse("no, thank you"); "no error" } catch (error) { describe(error) };
  };

  public func catchTrap(peer : Peer) : async Text {
    try { await peer.trapNow(); "no error" } catch (error) { describe(error) };
  };

  public func catchMissingMethod(peer : Peer) : async Text {
    try { await peer.missingMethod(); "no error" } catch (error) { describe(error) };
  };

  /// Traps after the await: what was written before it stays, what was written after it does not, and `finally` runs.
  public func trapAfterAwait(peer : Peer) : async () {
    note("kept");
    try {
      ignore await peer.echo("x");
      note("lost");
      Runtime.trap("trapped in the callback");
    } finally {
      note("cleaned up");
    };
  };

  /// Calls that stay inside one canister.
  public func callSelf(depth : Nat) : async Nat {
    if (depth == 0) { 0 } else { 1 + (await callSelf(depth - 1)) };
  };
};
