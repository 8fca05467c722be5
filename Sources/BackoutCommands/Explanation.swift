import RunbookReading

/// What `--explain` says where nothing has that name.
enum Explanation {
  static func unknown(_ name: String, what: String, among known: [String], next: String) -> Failure {
    // A part of a name is as good as a slip of the finger.
    let parts = name.count < 3 ? [] : known.filter { $0.contains(name.lowercased()) }.sorted()
    let near = EditDistance.nearest(name, among: known.filter { !parts.contains($0) }, atMost: 3)
    let names = (parts + near).prefix(4)
    let hint = names.isEmpty ? "" : " Is it \(names.joined(separator: ", "))?"
    return Failure(.badInput, "No \(what) is called \(name).\(hint)", next: next)
  }
}
