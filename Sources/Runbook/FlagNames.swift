/// Names that say their variable turns something on or off: `INTEGRATIONS_GITHUB_ENABLED`, `FEATURE_SEARCH`.
public enum FlagNames {
  public static func matches(_ name: String) -> Bool {
    let name = name.uppercased()
    return ["_ENABLED", "_FLAG"].contains(where: name.hasSuffix)
      || ["FEATURE_", "ENABLE_", "FF_"].contains { name.hasPrefix($0) && name.count > $0.count }
  }

  /// Whether `text` is what a flag is set to, and so no secret: a word for on or off, or a share.
  public static func isValue(_ text: String) -> Bool {
    let words = ["true", "false", "on", "off", "yes", "no", "enabled", "disabled"]
    let share = text.hasSuffix("%") ? String(text.dropLast()) : text
    return words.contains(text.lowercased()) || Double(share).map { (0...100).contains($0) } ?? false
  }
}
