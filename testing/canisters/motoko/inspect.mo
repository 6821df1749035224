/// Decides on messages from outside before they are taken: anonymous callers may not write, long texts are refused.
import Principal "mo:core/Principal";

persistent actor {
  var last : Text = "";

  public func write(text : Text) : async () {
    last := text;
  };

  /// For other canisters only: no message from outside is taken.
  public func internalWrite(text : Text) : async () {
    last := text;
  };

  public query func read() : async Text {
    last;
  };

  system func inspect({
    caller : Principal;
    msg : {
      #write : () -> Text;
      #internalWrite : () -> Text;
      #read : () -> ();
    };
  }) : Bool {
    switch msg {
      case (#write text) { not caller.isAnonymous() and text().size() <= 100 };
      case (#internalWrite _) { false };
      case (#read _) { true };
    };
  };
};
