/// One-shot and recurring timers, and a stop.
import Timer "mo:core/Timer";

persistent actor {
  var once : Nat = 0;
  var ticks : Nat = 0;
  transient var recurring : ?Timer.TimerId = null;

  public func startOnce(seconds : Nat) : async () {
    ignore Timer.setTimer<system>(#seconds seconds, func() : async () { once += 1 });
  };

  public func startRecurring(seconds : Nat) : async () {
    recurring := ?Timer.recurringTimer<system>(#seconds seconds, func() : async () { ticks += 1 });
  };

  public func stop() : async () {
    switch (recurring) {
      case (?id) { Timer.cancelTimer(id); recurring := null };
      case null {};
    };
  };

  public query func counts() : async { once : Nat; ticks : Nat } {
    { once; ticks };
  };
};
