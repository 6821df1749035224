/// Sends, accepts and refunds cycles.
import Cycles "mo:core/Cycles";

persistent actor {
  public type Peer = actor { accept : (Nat) -> async Nat };

  /// Accepts at most `most` of what is attached.
  public func accept(most : Nat) : async Nat {
    Cycles.accept<system>(most);
  };

  public query func balance() : async Nat {
    Cycles.balance();
  };

  /// Attaches `amount` to a call that accepts `most`; answers what the peer took and what came back.
  public func send(peer : Peer, amount : Nat, most : Nat) : async { accepted : Nat; refunded : Nat } {
    let accepted = await (with cycles = amount) peer.accept(most);
    { accepted; refunded = Cycles.refunded() };
  };

  public func burn(amount : Nat) : async Nat {
    Cycles.burn<system>(amount);
  };
};
