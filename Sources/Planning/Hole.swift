import Runbook

/// A placeholder with what the bindings say of it.
struct Hole {
  enum Filling: Hashable {
    case value(String)
    case secret
    /// Nobody filled it.
    case open
    /// Its `from:` command, until it is known whether the value is needed.
    case pending(command: String)
    /// Its `from:` command did not give a value; says why.
    case failed(String)
  }

  var placeholder: Placeholder
  var filling: Filling
  /// Of the session's variable that carries a value which may not stand in shell text, or a secret.
  var variable: String

  var name: String { placeholder.name }
  var spelling: [UInt8]
  var form: HoleSearch.Form

  init(_ placeholder: Placeholder, filling: Filling, variable: String) {
    self.placeholder = placeholder
    self.filling = filling
    self.variable = variable
    spelling = Array(placeholder.spelling.utf8)
    form =
      switch placeholder.form {
      case .brace: .braces
      case .capitals, .sample, .date, .variable: placeholder.form == .date ? .anywhere : .word
      case .angle, .doubleBrace, .bracket, .host: .anywhere
      }
  }
}
