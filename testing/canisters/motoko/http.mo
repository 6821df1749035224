/// Answers HTTP: pages by query, forms by update, a long body by streaming.
import Nat "mo:core/Nat";
import Text "mo:core/Text";

persistent actor Self {
  public type Header = (Text, Text);
  public type Request = {
    method : Text;
    url : Text;
    headers : [Header];
    body : Blob;
    certificate_version : ?Nat16;
  };
  public type Token = { index : Nat };
  public type Strategy = {
    #Callback : {
      callback : shared query (Token) -> async { body : Blob; token : ?Token };
      token : Token;
    };
  };
  public type Response = {
    status_code : Nat16;
    headers : [Header];
    body : Blob;
    upgrade : ?Bool;
    streaming_strategy : ?Strategy;
  };

  var hits : Nat = 0;
  let chunks : Nat = 4;

  func answer(status_code : Nat16, body : Text) : Response {
    {
      status_code;
      headers = [("content-type", "text/plain; charset=utf-8")];
      body = body.encodeUtf8();
      upgrade = null;
      streaming_strategy = null;
    };
  };

  public query func http_request(request : Request) : async Response {
    if (request.method == "POST") {
      return { answer(200, "") with upgrade = ?true };
    };
    switch (request.url) {
      case "/" { answer(200, "hits: " # Nat.toText(hits)) };
      case "/stream" {
        {
          answer(200, "chunk 0\n") with
          streaming_strategy = ?#Callback({ callback = Self.streamingCallback; token = { index = 1 } });
        };
      };
      case "/teapot" { answer(418, "short and stout") };
      case _ { answer(404, "nothing at " # request.url) };
    };
  };

  public func http_request_update(request : Request) : async Response {
    hits += 1;
    answer(201, request.method # " " # request.url # " " # Nat.toText(request.body.size()) # " bytes, hits: " # Nat.toText(hits));
  };

  public query func streamingCallback(token : Token) : async { body : Blob; token : ?Token } {
    let body = ("chunk " # Nat.toText(token.index) # "\n").encodeUtf8();
    { body; token = if (token.index + 1 < chunks) { ?{ index = token.index + 1 } } else { null } };
  };
};
