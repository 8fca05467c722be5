import Runbook

/// The headings as a tree: what a section stands in says what it is for.
struct Outline: Sendable {
  let headings: [Heading]
  /// Of each heading, the one that it stands under.
  private let parents: [Int?]
  private let ends: [Int]

  init(_ headings: [Heading]) {
    self.headings = headings
    var open: [Int] = []
    var parents: [Int?] = []
    var ends = Array(repeating: headings.count, count: headings.count)
    for index in headings.indices {
      while let last = open.last, headings[last].level >= headings[index].level {
        ends[last] = index
        open.removeLast()
      }
      parents.append(open.last)
      open.append(index)
    }
    self.parents = parents
    self.ends = ends
  }

  /// The heading nearest above line `number`, or on it.
  func section(of number: Int) -> Int? {
    let after = headings.partitioned { $0.line <= number }
    return after > 0 ? after - 1 : nil
  }

  func parent(of index: Int) -> Int? { parents[index] }

  /// The headings over line `number`: the nearest first.
  func path(to number: Int) -> [Int] {
    var path: [Int] = []
    var next = section(of: number)
    while let index = next {
      path.append(index)
      next = parents[index]
    }
    return path
  }

  /// The first heading after `index` that does not stand under it; `headings.count`: there is none.
  func end(of index: Int) -> Int { ends[index] }
}
