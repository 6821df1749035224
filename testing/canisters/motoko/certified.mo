/// Certified data, and the certificate that proves it to whoever queries.
import CertifiedData "mo:core/CertifiedData";

persistent actor {
  var data : Blob = "";

  public func set(value : Blob) : async () {
    CertifiedData.set(value);
    data := value;
  };

  public query func get() : async { data : Blob; certificate : ?Blob } {
    { data; certificate = CertifiedData.getCertificate() };
  };

  /// An update has no certificate.
  public func certificateInUpdate() : async ?Blob {
    CertifiedData.getCertificate();
  };
};
