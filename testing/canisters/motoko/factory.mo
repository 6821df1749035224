/// Creates canisters from a class whose module it carries.
import Array "mo:core/Array";
import Child "Child";
import Principal "mo:core/Principal";

persistent actor {
  var children : [Child.Child] = [];

  public func create(greeting : Text) : async Principal {
    let child = await (with cycles = 2_000_000_000_000) Child.Child(greeting);
    children := children.concat([child]);
    Principal.fromActor(child);
  };

  public func greetAll(name : Text) : async [Text] {
    var greetings : [Text] = [];
    for (child in children.values()) {
      greetings := greetings.concat([await child.greet(name)]);
    };
    greetings;
  };
};
