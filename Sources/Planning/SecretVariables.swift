import Foundation
import Runbook

enum SecretVariables {
  /// Names of variables whose values are secret: by their name, by a password in their URL, or since a reference reads
  /// them.
  static func names(in variables: [String: String], bindings: RunbookBindings) -> [String] {
    var names = Set(
      variables.filter { name, value in
        SensitiveNames.matches(name) || hasPassword(value)
      }.keys)
    for case .secret(.environment(let name)) in bindings.parameters.values { names.insert(name) }
    for case .postgres(.environment(let name)) in bindings.connections.values { names.insert(name) }
    return names.sorted()
  }

  private static func hasPassword(_ value: String) -> Bool {
    value.contains("://") && value.contains("@") && URLComponents(string: value)?.password?.isEmpty == false
  }
}
