/// How a place in shell text is quoted, so that a variable can be put there as one word.
enum ShellQuotes {
  enum Context: Hashable {
    case bare, single, double
    /// No variable can be put here safely; says what it is.
    case closed(String)
  }

  /// The context at each of `places`: byte ranges in ascending order, themselves passed over unread.
  static func contexts(in bytes: [UInt8], at places: [Range<Int>]) -> [Context] {
    var scan = Scan(bytes: bytes, places: places[...])
    return scan.run()
  }

  private enum Frame { case bare, single, double, comment, substitution(depth: Int), closed(String, until: [UInt8]) }

  private struct Scan {
    let bytes: [UInt8]
    var places: ArraySlice<Range<Int>>
    var index = 0
    var frames: [Frame] = [.bare]
    /// After `<<` everything from the next line on may be a here-document.
    var awaitsDocument = false

    init(bytes: [UInt8], places: ArraySlice<Range<Int>>) {
      self.bytes = bytes
      self.places = places
    }

    private func at(_ text: StaticString) -> Bool {
      guard index + text.utf8CodeUnitCount <= bytes.count else { return false }
      return text.withUTF8Buffer { buffer in buffer.elementsEqual(bytes[index..<index + buffer.count]) }
    }

    mutating func run() -> [Context] {
      var result: [Context] = []
      while let next = places.first {
        if index >= next.lowerBound {
          result.append(context)
          index = max(index, next.upperBound)
          places.removeFirst()
        } else {
          step()
        }
      }
      return result
    }

    private var context: Context {
      switch frames.last ?? .bare {
      case .bare, .comment, .substitution: .bare
      case .single: .single
      case .double: .double
      case .closed(let what, _): .closed(what)
      }
    }

    private mutating func step() {
      let byte = bytes[index]
      switch frames.last ?? .bare {
      case .single:
        if byte == UInt8(ascii: "'") { frames.removeLast() }
        index += 1
      case .comment:
        if byte == UInt8(ascii: "\n") { frames.removeLast() } else { index += 1 }
      case .closed(_, let end):
        if byte == UInt8(ascii: "\\") {
          index += 2
        } else if !end.isEmpty, bytes[index...].starts(with: end) {
          index += end.count
          frames.removeLast()
        } else {
          index += 1
        }
      case .double:
        if byte == UInt8(ascii: "\"") {
          frames.removeLast()
          index += 1
        } else {
          open()
        }
      case .bare, .substitution: bare(byte)
      }
    }

    private mutating func bare(_ byte: UInt8) {
      switch byte {
      case UInt8(ascii: "'"):
        frames.append(.single)
        index += 1
      case UInt8(ascii: "\""):
        frames.append(.double)
        index += 1
      case UInt8(ascii: "#") where index == 0 || " \t\n;(&|".utf8.contains(bytes[index - 1]):
        frames.append(.comment)
        index += 1
      case UInt8(ascii: "\n") where awaitsDocument:
        frames.append(.closed("a here-document", until: []))
        index += 1
      case UInt8(ascii: "("):
        if at("((") {
          frames.append(.closed("arithmetic", until: Array("))".utf8)))
          index += 2
        } else {
          if case .substitution(let depth) = frames.last { frames[frames.count - 1] = .substitution(depth: depth + 1) }
          index += 1
        }
      case UInt8(ascii: ")"):
        if case .substitution(let depth) = frames.last {
          frames.removeLast()
          if depth > 0 { frames.append(.substitution(depth: depth - 1)) }
        }
        index += 1
      case UInt8(ascii: "<"):
        if at("<<<") {
          index += 3
        } else if at("<<") {
          awaitsDocument = true
          index += 2
        } else {
          index += 1
        }
      default: open()
      }
    }

    /// What opens in double quotes as well as outside.
    private mutating func open() {
      if at("\\") {
        index += 2
      } else if at("$((") {
        frames.append(.closed("arithmetic", until: Array("))".utf8)))
        index += 3
      } else if at("$(") {
        frames.append(.substitution(depth: 0))
        index += 2
      } else if at("${") {
        frames.append(.closed("a parameter expansion", until: Array("}".utf8)))
        index += 2
      } else if at("$'"), !isDouble {
        frames.append(.closed("$'…' quotes", until: Array("'".utf8)))
        index += 2
      } else if at("`") {
        frames.append(.closed("backquotes", until: Array("`".utf8)))
        index += 1
      } else {
        index += 1
      }
    }

    private var isDouble: Bool { if case .double = frames.last { true } else { false } }
  }
}
