/// A counter that outlives upgrades, with a page to look at.
import Page "page";

persistent actor {
  /// Kept by the network: over restarts, and when this code is replaced by a newer one.
  var count : Nat = 0;

  /// A query: one node answers at once, nothing is changed.
  public query func get() : async Nat {
    count;
  };

  /// An update: the network puts it in order, runs it and signs the answer.
  public func increment() : async Nat {
    count += 1;
    count;
  };

  public query func greet(name : Text) : async Text {
    "Hello, " # name # "!";
  };

  /// What a browser gets. What changes something is asked for again as an update.
  public query func http_request(request : Page.Request) : async Page.Response {
    if (request.method == "POST") { Page.asUpdate() } else { Page.show(count) };
  };

  public func http_request_update(_request : Page.Request) : async Page.Response {
    count += 1;
    Page.goHome();
  };
};
