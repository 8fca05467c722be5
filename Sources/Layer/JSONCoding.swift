import Foundation
import Runbook

extension JSONValue {
  /// `value` as JSON. Throws `EncodingError`.
  package init(encoding value: some Encodable) throws {
    self = try JSONDecoder().decode(JSONValue.self, from: try CanonicalJSON.data(of: value))
  }

  /// The value that this JSON is the encoding of. Throws `DecodingError`.
  package func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: try CanonicalJSON.data(of: self))
  }
}
