persistent actor class Child(greeting : Text) {
  public query func greet(name : Text) : async Text {
    greeting # ", " # name # "!";
  };
};
