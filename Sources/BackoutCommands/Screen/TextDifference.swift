/// What changed from one text to another, in the unified form.
struct TextDifference {
  private static let context = 2
  var old: [String]
  var new: [String]
  var name: String

  init(from old: String, to new: String, name: String) {
    self.old = old.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    self.new = new.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    self.name = name
  }

  private enum Line {
    case same(String), removed(String), added(String)
    var isChange: Bool { if case .same = self { false } else { true } }
  }

  var text: String {
    let lines = self.lines
    var output = [Style.strong.paint("--- \(name)"), Style.strong.paint("+++ \(name)")]
    var (oldLine, newLine) = (1, 1)
    var index = 0
    while index < lines.count {
      guard lines[index].isChange else {
        oldLine += 1
        newLine += 1
        index += 1
        continue
      }
      let start = max(0, index - Self.context)
      var end = index
      while let next = lines[min(end, lines.count)...].prefix(2 * Self.context + 1).firstIndex(where: \.isChange) {
        end = next + 1
      }
      let stop = min(lines.count, end + Self.context)
      let hunk = lines[start..<stop]
      let before = index - start
      let removed = hunk.count { if case .added = $0 { false } else { true } }
      let added = hunk.count { if case .removed = $0 { false } else { true } }
      output.append(
        Style.accent.paint("@@ -\(oldLine - before),\(removed) +\(newLine - before),\(added) @@"))
      output += hunk.map(Self.shown)
      oldLine += removed - before
      newLine += added - before
      index = stop
    }
    return output.joined(separator: "\n")
  }

  private static func shown(_ line: Line) -> String {
    switch line {
    case .same(let text): " \(text)"
    case .removed(let text): Style.bad.paint("-\(text)")
    case .added(let text): Style.good.paint("+\(text)")
    }
  }

  /// Both texts' lines, in one order.
  private var lines: [Line] {
    let difference = new.difference(from: old)
    var removed: Set<Int> = []
    var added: Set<Int> = []
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): added.insert(offset)
      }
    }
    var result: [Line] = []
    var (left, right) = (0, 0)
    while left < old.count || right < new.count {
      if left < old.count, removed.contains(left) {
        result.append(.removed(old[left]))
        left += 1
      } else if right < new.count, added.contains(right) {
        result.append(.added(new[right]))
        right += 1
      } else {
        result.append(.same(old[left]))
        left += 1
        right += 1
      }
    }
    return result
  }
}
