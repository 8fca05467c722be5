import Runbook

@testable import RunbookReading

enum YAMLInvariants {
  /// Either an error with a line of the document, or a runbook that its own YAML form says again.
  static func check(runbook bytes: [UInt8]) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    do {
      let book = try YAMLRunbook.runbook(from: text, named: "runbook.yaml")
      let back = try YAMLRunbook.runbook(from: YAMLRunbook.text(of: book), named: "runbook.yaml")
      try Broken.unless(back == book, "the YAML form says another runbook")
    } catch ReadingError.yaml(_, let line, let message) {
      try located(line, message, in: text)
    }
  }

  static func check(bindings bytes: [UInt8]) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    do {
      let one = try BindingsReader.read(text)
      let other = try BindingsReader.read(text)
      try Broken.unless(one == other, "two readings differ")
    } catch let error as BindingsError {
      try located(error.line, error.message, in: text)
    }
    do {
      _ = try BindingsReader.readFrontMatter(text, named: "ROLLBACK.md")
    } catch let error as BindingsError {
      // Front matter stands below a line of its own.
      try located(error.line - 1, error.message, in: text)
    }
  }

  private static func located(_ line: Int, _ message: String, in text: String) throws {
    // YAML has more line ends than one. What is missing at the end is missing on the line after it.
    let count = 1 + text.unicodeScalars.count { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) }
    try Broken.unless((1...(count + 1)).contains(line), "line \(line) of \(count): \(message)")
    try Broken.unless(!message.isEmpty, "an error that says nothing")
  }
}
