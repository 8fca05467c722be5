/// Where holes stand in a text, by bytes.
enum HoleSearch {
  struct Place: Hashable {
    var range: Range<Int>
    var hole: Int
  }

  /// The places of `spellings` in `text`, in order, none overlapping; of two that begin alike the longer.
  static func places(of spellings: [(text: [UInt8], form: Form)], in bytes: [UInt8]) -> [Place] {
    var places: [Place] = []
    for (hole, spelling) in spellings.enumerated() {
      guard let first = spelling.text.first, spelling.text.count <= bytes.count else { continue }
      var index = 0
      while index + spelling.text.count <= bytes.count {
        guard let start = bytes[index...(bytes.count - spelling.text.count)].firstIndex(of: first) else { break }
        let end = start + spelling.text.count
        if bytes[start..<end].elementsEqual(spelling.text), spelling.form.stands(in: bytes, at: start..<end) {
          places.append(Place(range: start..<end, hole: hole))
          index = end
        } else {
          index = start + 1
        }
      }
    }
    if places.count < 2 { return places }
    places.sort {
      $0.range.lowerBound != $1.range.lowerBound
        ? $0.range.lowerBound < $1.range.lowerBound : $0.range.upperBound > $1.range.upperBound
    }
    var result: [Place] = []
    for place in places where place.range.lowerBound >= result.last?.range.upperBound ?? 0 { result.append(place) }
    return result
  }

  /// What may stand beside a spelling without its being another name.
  enum Form {
    case anywhere
    /// `{x}`, but not inside `{{x}}` or as `${x}`.
    case braces
    /// `YOUR_KEY`, but not inside `YOUR_KEY_2`.
    case word

    func stands(in bytes: [UInt8], at range: Range<Int>) -> Bool {
      let before = range.lowerBound > 0 ? bytes[range.lowerBound - 1] : nil
      let after = range.upperBound < bytes.count ? bytes[range.upperBound] : nil
      switch self {
      case .anywhere: return true
      case .braces:
        return before != UInt8(ascii: "{") && before != UInt8(ascii: "$") && after != UInt8(ascii: "}")
      case .word: return !Self.isWord(before) && !Self.isWord(after)
      }
    }

    private static func isWord(_ byte: UInt8?) -> Bool {
      guard let byte else { return false }
      return byte == UInt8(ascii: "_") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
    }
  }
}
