/// How a place in SQL text is quoted.
enum SQLQuotes {
  enum Context: Hashable { case bare, quoted(UInt8) }

  static func contexts(in bytes: [UInt8], at places: [Range<Int>]) -> [Context] {
    var result: [Context] = []
    var quote: UInt8?
    var isComment = false
    var index = 0
    var rest = places[...]
    while let next = rest.first {
      if index >= next.lowerBound {
        result.append(isComment ? .bare : quote.map(Context.quoted) ?? .bare)
        index = max(index, next.upperBound)
        rest.removeFirst()
        continue
      }
      let byte = bytes[index]
      if isComment {
        isComment = byte != UInt8(ascii: "\n")
      } else if let open = quote {
        if byte == open { quote = nil }
      } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        quote = byte
      } else if byte == UInt8(ascii: "-"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "-") {
        isComment = true
      }
      index += 1
    }
    return result
  }
}
