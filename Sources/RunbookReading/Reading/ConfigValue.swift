import Runbook

enum ConfigValue {
  /// Without the quotes around it.
  static func plain(_ value: String) -> String {
    let text = value.trimmed
    guard let first = text.first, first == "\"" || first == "'", text.count >= 2, text.last == first else {
      return text
    }
    return String(text.dropFirst().dropLast())
  }

  /// `.env` and its kin, where a sentence names one.
  static func file(in text: String) -> String? {
    guard text.contains(".env") else { return nil }
    return StageReader.bareWords(of: text).first { word in
      let base = word.split(separator: "/").last.map(String.init) ?? word
      return base == ".env" || base.hasPrefix(".env.") || (base.hasSuffix(".env") && base.count > 4)
    }
  }
}
