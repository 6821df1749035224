/// Queries that ask queries of other canisters.
persistent actor {
  public type Peer = actor {
    value : query () -> async Nat;
    sum : composite query ([Peer]) -> async Nat;
  };

  var own : Nat = 0;

  public func set(number : Nat) : async () {
    own := number;
  };

  public query func value() : async Nat {
    own;
  };

  /// Its own value and those of the peers.
  public composite query func sum(peers : [Peer]) : async Nat {
    var total = own;
    for (peer in peers.values()) {
      total += await peer.value();
    };
    total;
  };

  /// A composite query below a composite query.
  public composite query func sumThrough(peer : Peer, others : [Peer]) : async Nat {
    own + (await peer.sum(others));
  };

  /// What a composite query writes is gone when it ends.
  public composite query func writeInQuery() : async Nat {
    own += 1000;
    own;
  };
};
