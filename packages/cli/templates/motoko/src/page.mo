/// The page: HTML with a form, no script.
import Nat "mo:core/Nat";
import Text "mo:core/Text";

module {
  public type Request = { method : Text; url : Text; headers : [(Text, Text)]; body : Blob };

  public type Response = {
    status_code : Nat16;
    headers : [(Text, Text)];
    body : Blob;
    /// Asks for the same request as an update.
    upgrade : ?Bool;
  };

  func style() : Text {
    ":root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif; }"
    # " body { min-height: 100dvh; margin: 0; display: grid; place-items: center; }"
    # " body { background: light-dark(#f6f5fb, #14121c); color: light-dark(#1d1a2b, #eceaf6); }"
    # " main { text-align: center; padding: 2rem; }"
    # " h1 { margin: 0; font-size: 1.4rem; overflow-wrap: anywhere; }"
    # " output { display: block; font-size: clamp(4rem, 20vw, 8rem); font-weight: 650; line-height: 1.3; }"
    # " button { font: inherit; font-weight: 600; padding: .7rem 1.6rem; border: 0; border-radius: .8rem; cursor: pointer; }"
    # " button { background: light-dark(#5a35e8, #a48bff); color: light-dark(#fff, #14121c); }"
    # " p { color: light-dark(#5d5873, #a8a3c0); }";
  };

  public func show(count : Nat) : Response {
    let html = "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
    # "<meta name='viewport' content='width=device-width, initial-scale=1'>"
    # "<title>{{name}}</title><link rel='icon' href='data:,'><style>" # style() # "</style></head>"
    # "<body><main><h1>{{name}}</h1><output>" # Nat.toText(count) # "</output>"
    # "<form method='post'><button>Add one</button></form>"
    # "<p>This page and its number live in a canister.</p></main></body></html>";
    let headers = [("content-type", "text/html; charset=utf-8"), ("cache-control", "no-store")];
    { status_code = 200; headers; body = html.encodeUtf8(); upgrade = null };
  };

  public func asUpdate() : Response {
    { status_code = 200; headers = []; body = ""; upgrade = ?true };
  };

  public func goHome() : Response {
    { status_code = 303; headers = [("location", "/")]; body = ""; upgrade = null };
  };
};
