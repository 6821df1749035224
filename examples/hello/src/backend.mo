/// The sample app: a counter and a guest book, and the page that shows them.
///
/// The page is an install argument, so that a new page is an upgrade with the same module. It is certified as a whole (HTTP gateway
/// protocol, response verification 2): what a browser gets is proven to be what the canister serves. Everything else that is asked
/// for over HTTP is answered by an update call, whose reply is certified by itself.
import Array "mo:core/Array";
import Blob "mo:core/Blob";
import Char "mo:core/Char";
import CertifiedData "mo:core/CertifiedData";
import Iter "mo:core/Iter";
import List "mo:core/List";
import Nat "mo:core/Nat";
import Nat8 "mo:core/Nat8";
import Nat32 "mo:core/Nat32";
import Principal "mo:core/Principal";
import Result "mo:core/Result";
import Text "mo:core/Text";
import Time "mo:core/Time";

persistent actor class Hello(page : {
  body : Blob;
  headers : [(Text, Text)];
  /// Root of the tree that proves body and headers; becomes the canister's certified data.
  certified_data : Blob;
  /// The tree and the path to the page in it, in base64, as the certificate header wants them.
  tree : Text;
  expr_path : Text;
}) {
  public type Entry = { id : Nat; author : Principal; name : Text; message : Text; time : Int };
  public type Header = (Text, Text);
  public type Request = { method : Text; url : Text; headers : [Header]; body : Blob; certificate_version : ?Nat16 };
  public type UpdateRequest = { method : Text; url : Text; headers : [Header]; body : Blob };
  public type Response = { status_code : Nat16; headers : [Header]; body : Blob; upgrade : ?Bool };

  transient let nameLengthMax = 40;
  transient let messageLengthMax = 280;
  transient let entriesMax = 10_000;
  transient let entriesPerPageMax = 50;

  // These outlive upgrades.
  var count : Nat = 0;
  let book = List.empty<Entry>();

  CertifiedData.set(page.certified_data);

  public query func counter() : async Nat {
    count;
  };

  public func increment() : async Nat {
    count += 1;
    count;
  };

  /// The newest entries first, from the `start`-th on.
  public query func entries(start : Nat, limit : Nat) : async { total : Nat; entries : [Entry] } {
    { total = book.size(); entries = newest(start, limit) };
  };

  public shared ({ caller }) func sign(name : Text, message : Text) : async Result.Result<Entry, Text> {
    add(caller, name, message);
  };

  func newest(start : Nat, limit : Nat) : [Entry] {
    let total = book.size();
    if (start >= total) { return [] };
    let size = Nat.min(Nat.min(limit, entriesPerPageMax), total - start : Nat);
    Array.tabulate<Entry>(size, func(index) { book.at(total - 1 - start - index : Nat) });
  };

  func add(author : Principal, givenName : Text, givenMessage : Text) : Result.Result<Entry, Text> {
    let name = givenName.trim(#predicate(Char.isWhitespace));
    let message = givenMessage.trim(#predicate(Char.isWhitespace));
    if (name.size() == 0 or message.size() == 0) { return #err("Please give a name and a message.") };
    if (name.size() > nameLengthMax) { return #err("A name has at most " # Nat.toText(nameLengthMax) # " characters.") };
    if (message.size() > messageLengthMax) {
      return #err("A message has at most " # Nat.toText(messageLengthMax) # " characters.");
    };
    if (book.size() >= entriesMax) { return #err("The guest book is full.") };
    let entry = { id = book.size(); author; name; message; time = Time.now() };
    book.add(entry);
    #ok entry;
  };

  // HTTP

  public query func http_request(request : Request) : async Response {
    let upgrade : Response = { status_code = 200; headers = []; body = ""; upgrade = ?true };
    if (request.method != "GET" or pathOf(request.url) != "/") { return upgrade };
    switch (CertifiedData.getCertificate()) {
      case (?certificate) {
        let proof = "certificate=:" # base64(certificate) # ":, tree=:" # page.tree # ":, expr_path=:" # page.expr_path # ":, version=2";
        { status_code = 200; headers = page.headers.concat([("IC-Certificate", proof)]); body = page.body; upgrade = null };
      };
      case null { upgrade };
    };
  };

  public func http_request_update(request : UpdateRequest) : async Response {
    switch (request.method, pathOf(request.url)) {
      case ("GET", "/") { { status_code = 200; headers = page.headers; body = page.body; upgrade = null } };
      case ("GET", "/entries") { html(200, "Guest book", entriesHtml()) };
      case ("POST", "/sign") { signForm(request.body) };
      case _ { html(404, "Nothing here", "<p>There is no page at this address.</p>") };
    };
  };

  /// A form sent by a browser without JavaScript: its author is anonymous.
  func signForm(body : Blob) : Response {
    switch (body.decodeUtf8()) {
      case (?form) {
        switch (add(Principal.anonymous(), field(form, "name"), field(form, "message"))) {
          case (#ok _) { { status_code = 303; headers = [("location", "/entries")]; body = ""; upgrade = null } };
          case (#err reason) { html(400, "Not signed", "<p>" # escapeHtml(reason) # "</p>") };
        };
      };
      case null { html(400, "Not signed", "<p>The form is not valid UTF-8.</p>") };
    };
  };

  func pathOf(url : Text) : Text {
    switch (url.split(#char '?').next()) { case (?path) path; case null url };
  };

  func html(status_code : Nat16, title : Text, content : Text) : Response {
    let text = "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>" # title # "</title>"
    # "<body style='font:1rem/1.5 system-ui;max-width:40rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark'><h1>" # title # "</h1>"
    # content # "<p><a href='/'>Back</a></p></body></html>";
    { status_code; headers = [("content-type", "text/html; charset=utf-8")]; body = text.encodeUtf8(); upgrade = null };
  };

  func entriesHtml() : Text {
    var items = "";
    for (entry in newest(0, entriesPerPageMax).values()) {
      items #= "<li><b>" # escapeHtml(entry.name) # "</b>: " # escapeHtml(entry.message) # "</li>";
    };
    if (items == "") { "<p>Nobody has signed yet.</p>" } else { "<ul>" # items # "</ul>" };
  };

  func escapeHtml(text : Text) : Text {
    text.flatMap(
      func(char) {
        switch char {
          case '&' "&amp;";
          case '<' "&lt;";
          case '>' "&gt;";
          case '\"' "&quot;";
          case '\'' "&#39;";
          case _ Text.fromChar(char);
        };
      }
    );
  };

  /// One field of a form in application/x-www-form-urlencoded, '' when it is absent or not UTF-8.
  func field(form : Text, name : Text) : Text {
    for (pair in form.split(#char '&')) {
      switch (pair.stripStart(#text(name # "="))) {
        case (?value) { return percentDecoded(value) };
        case null {};
      };
    };
    "";
  };

  func percentDecoded(text : Text) : Text {
    let bytes = List.empty<Nat8>();
    let chars = text.chars();
    label reading loop {
      switch (chars.next()) {
        case null break reading;
        case (?'+') bytes.add(32 : Nat8);
        case (?'%') {
          switch (hexDigit(chars.next()), hexDigit(chars.next())) {
            case (?high, ?low) bytes.add(Nat8.fromNat(high * 16 + low));
            case _ return "";
          };
        };
        case (?char) { for (byte in Text.fromChar(char).encodeUtf8().values()) bytes.add(byte) };
      };
    };
    switch (Blob.fromArray(bytes.toArray()).decodeUtf8()) { case (?decoded) decoded; case null "" };
  };

  func hexDigit(char : ?Char) : ?Nat {
    switch char {
      case null null;
      case (?char) {
        let code = char.toNat32();
        if (code >= 48 and code <= 57) { ?Nat32.toNat(code - 48) } else if (code >= 65 and code <= 70) {
          ?Nat32.toNat(code - 55);
        } else if (code >= 97 and code <= 102) { ?Nat32.toNat(code - 87) } else { null };
      };
    };
  };

  transient let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".chars().toArray();

  func base64(bytes : Blob) : Text {
    let chars = List.empty<Char>();
    var value : Nat = 0;
    var bits : Nat = 0;
    for (byte in bytes.values()) {
      value := (value * 256 + Nat8.toNat(byte)) % 65_536;
      bits += 8;
      while (bits >= 6) {
        bits -= 6;
        chars.add(alphabet[(value / (2 ** bits)) % 64]);
      };
    };
    if (bits > 0) { chars.add(alphabet[(value * (2 ** (6 - bits : Nat))) % 64]) };
    while (chars.size() % 4 != 0) chars.add('=');
    Text.fromIter(chars.values());
  };
};
