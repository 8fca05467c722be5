/// One node of shfmt's syntax tree: its type, its byte range, and its children by key.
///
/// shfmt prints sixty bytes of JSON for each byte of shell; a general decoder takes most of the reader's time for it.
/// So the tree is built straight from the bytes, and positions become two numbers.
struct SyntaxNode: Hashable, Sendable {
  var type = ""
  var start = 0
  var end = 0
  /// Where the operator of a redirection or a binary command stands.
  var operatorStart = 0
  /// The `Value` of a name or a number. What a part of a word says is taken from the source, by its position.
  var value: String?
  var flags: [String] = []
  var children: [Child] = []

  struct Child: Hashable, Sendable {
    var key: String
    var node: SyntaxNode
  }

  func all(_ key: String) -> [SyntaxNode] {
    // A lazy filter would copy each node three times.
    var found: [SyntaxNode] = []
    for child in children where child.key == key { found.append(child.node) }
    return found
  }
  func first(_ key: String) -> SyntaxNode? { children.first { $0.key == key }?.node }
}

/// Reads the JSON that shfmt prints.
struct SyntaxNodeParser {
  struct Malformed: Error {}

  static let maximumDepth = 400

  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0

  static func parse(_ bytes: [UInt8]) throws -> SyntaxNode {
    try bytes.withUnsafeBufferPointer { buffer in
      var parser = SyntaxNodeParser(bytes: buffer)
      guard case .node(let node) = try parser.value(depth: 0) else { throw Malformed() }
      return node
    }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private enum Value {
    case node(SyntaxNode)
    case position(Int)
    case list([SyntaxNode])
    case string(String)
    case number(Int)
    case flag(Bool)
    case null
  }

  private mutating func skipSpace() {
    while index < bytes.count, bytes[index] == 32 || (bytes[index] >= 9 && bytes[index] <= 13) { index += 1 }
  }

  private mutating func value(depth: Int) throws -> Value {
    guard depth < Self.maximumDepth else { throw Malformed() }
    skipSpace()
    guard index < bytes.count else { throw Malformed() }
    switch bytes[index] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["):
      index += 1
      var nodes: [SyntaxNode] = []
      while true {
        skipSpace()
        guard index < bytes.count else { throw Malformed() }
        if bytes[index] == UInt8(ascii: "]") {
          index += 1
          return .list(nodes)
        }
        if bytes[index] == UInt8(ascii: ",") {
          index += 1
          continue
        }
        if case .node(let node) = try value(depth: depth + 1) { nodes.append(node) }
      }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"):
      index += 4
      return .flag(true)
    case UInt8(ascii: "f"):
      index += 5
      return .flag(false)
    case UInt8(ascii: "n"):
      index += 4
      return .null
    default:
      var number = 0
      var moved = false
      if bytes[index] == UInt8(ascii: "-") { index += 1 }
      while index < bytes.count, bytes[index] >= 48, bytes[index] <= 57 {
        number = number &* 10 &+ Int(bytes[index] - 48)
        index += 1
        moved = true
      }
      guard moved else { throw Malformed() }
      return .number(number)
    }
  }

  private mutating func object(depth: Int) throws -> Value {
    index += 1
    var node = SyntaxNode()
    var position: Int?
    while true {
      skipSpace()
      guard index < bytes.count else { throw Malformed() }
      if bytes[index] == UInt8(ascii: "}") {
        index += 1
        return position.map(Value.position) ?? .node(node)
      }
      if bytes[index] == UInt8(ascii: ",") {
        index += 1
        continue
      }
      let key = try string()
      skipSpace()
      guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else { throw Malformed() }
      index += 1
      switch try value(depth: depth + 1) {
      case .node(let child): node.children.append(SyntaxNode.Child(key: key, node: child))
      case .list(let list): for child in list { node.children.append(SyntaxNode.Child(key: key, node: child)) }
      case .number(let number) where key == "Offset": position = number
      case .position(let offset):
        switch key {
        case "Pos": node.start = offset
        case "End": node.end = offset
        case "OpPos": node.operatorStart = offset
        default: break
        }
      case .string(let text):
        if key == "Type" { node.type = text } else if key == "Value", node.type.isEmpty { node.value = text }
      case .flag(true): node.flags.append(key)
      case .number, .flag, .null: break
      }
    }
  }

  private mutating func string() throws -> String {
    guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw Malformed() }
    index += 1
    let start = index
    while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\") { index += 1 }
    if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
      let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<index]), as: UTF8.self)
      index += 1
      return text
    }
    // What has to be escaped is no name and no number, and only has to be passed over.
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard index < bytes.count else { throw Malformed() }
    let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<index]), as: UTF8.self)
    index += 1
    return text
  }
}
