/// The variables that a compose file reads.
public enum ComposeVariables {
  public struct Use: Hashable, Sendable {
    public var name: String
    /// Whether the file itself says what holds without a value, or that it must have one.
    public var hasFallback: Bool
  }

  /// `$NAME`, `${NAME}`, `${NAME:-other}` in one value; `$$` is a dollar sign.
  static func uses(in text: String) -> [Use] {
    var found: [Use] = []
    var rest = text[...]
    func takeName() -> String {
      let name = rest.prefix { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
      guard let first = name.first, !first.isNumber else { return "" }
      rest = rest.dropFirst(name.count)
      return String(name)
    }
    while let dollar = rest.firstIndex(of: "$") {
      rest = rest[rest.index(after: dollar)...]
      switch rest.first {
      case "$": rest = rest.dropFirst()
      case "{":
        rest = rest.dropFirst()
        let name = takeName()
        guard !name.isEmpty, let next = rest.first else { continue }
        found.append(Use(name: name, hasFallback: next != "}"))
        // What stands in for it is read only then: it is passed over.
        var depth = 1
        while depth > 0, let character = rest.popFirst() {
          if character == "{" { depth += 1 }
          if character == "}" { depth -= 1 }
        }
      default:
        let name = takeName()
        if !name.isEmpty { found.append(Use(name: name, hasFallback: false)) }
      }
    }
    return found
  }

  /// Those that name the tag or digest of an image, or all of it: not those of its registry or its name alone.
  public static func tag(of image: String) -> [Use] {
    var start = image.startIndex
    var mark: String.Index?
    var depth = 0
    for index in image.indices {
      switch image[index] {
      case "{": depth += 1
      case "}": depth -= 1
      case "/" where depth == 0:
        start = image.index(after: index)
        mark = nil
      case ":" where depth == 0 && mark == nil, "@" where depth == 0 && mark == nil: mark = index
      default: break
      }
    }
    return uses(in: String(image[(mark ?? start)...]))
  }

  /// Every text in a document, with the keys that lead to it.
  static func texts(in value: Any, at path: [String] = []) -> [(path: [String], text: String)] {
    switch value {
    case let text as String: [(path, text)]
    case let members as [String: Any]:
      members.sorted { $0.key < $1.key }.flatMap { texts(in: $0.value, at: path + [$0.key]) }
    case let items as [Any]: items.flatMap { texts(in: $0, at: path) }
    default: []
    }
  }
}
