import Runbook

/// A flag's value is no secret: it stands in the plan as it is.
enum FlagText {
  /// `SEARCH_ENABLED true`; nil where one of them is no flag, or has a value that is none of a flag.
  static func shown(_ settings: [(name: String, value: String?)]) -> String? {
    guard
      settings.allSatisfy({ FlagNames.matches($0.name) && $0.value.map(FlagNames.isValue) ?? true }), !settings.isEmpty
    else { return nil }
    return settings.map { "\($0.name) \($0.value ?? "not set")" }.joined(separator: ", ")
  }
}
