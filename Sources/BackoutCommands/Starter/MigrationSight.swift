import Foundation

/// The newest of a repository's migrations that are files of SQL, and how it is taken back.
struct MigrationSight {
  enum WayBack: Equatable {
    /// A file of its own.
    case file(String)
    /// A tool reads a part of the same file.
    case tool(command: String, look: String)
    /// Nobody wrote one.
    case none
  }

  /// Its file.
  var newest: String
  var wayBack: WayBack

  private static let folders = ["migrations", "db/migrations", "database/migrations", "sql/migrations", "sql"]

  /// Nil: there are none.
  init?(_ files: [String], text: (String) -> String) {
    for folder in Self.folders {
      let inside = files.filter { $0.hasPrefix(folder + "/") && $0.hasSuffix(".sql") }
      // A folder of SQL without numbers holds something else.
      let ups = inside.filter { !Self.isDown($0) && Self.name($0).first?.isNumber == true }
      guard let newest = ups.max(by: { Self.isBefore(Self.name($0), Self.name($1)) }) else { continue }
      self.newest = newest
      let stem = Self.stem(newest)
      if let down = inside.first(where: { Self.isDown($0) && Self.stem($0) == stem }) {
        wayBack = .file(down)
      } else if text(newest).contains("-- +goose Down") {
        let goose = "goose -dir \((newest as NSString).deletingLastPathComponent) postgres \"$DATABASE_URL\" "
        wayBack = .tool(command: goose + "down", look: goose + "status")
      } else if text(newest).contains("-- +migrate Down") {
        wayBack = .tool(command: "sql-migrate down -limit=1", look: "sql-migrate status")
      } else {
        wayBack = .none
      }
      return
    }
    return nil
  }

  private static func name(_ path: String) -> String { (path as NSString).lastPathComponent }

  private static func isDown(_ path: String) -> Bool {
    let parts = path.split(separator: "/").map(String.init)
    let name = parts.last ?? ""
    return ["down", "rollback", "undo"].contains { word in
      parts.dropLast().contains(word)
        || [".\(word).sql", "_\(word).sql", "-\(word).sql"].contains { name.hasSuffix($0) }
    }
  }

  /// What both of a pair are named by.
  private static func stem(_ path: String) -> String {
    var stem = (name(path) as NSString).deletingPathExtension
    for word in ["up", "down", "rollback", "undo"] {
      for mark in [".", "_", "-"] where stem.hasSuffix(mark + word) { stem.removeLast(word.count + 1) }
    }
    return stem
  }

  /// By number, then by name: `9_x` stands before `10_x`.
  private static func isBefore(_ one: String, _ other: String) -> Bool {
    let numbers = [one, other].map { $0.prefix(while: \.isNumber).drop { $0 == "0" } }
    if numbers[0].count != numbers[1].count { return numbers[0].count < numbers[1].count }
    return numbers[0] != numbers[1] ? numbers[0] < numbers[1] : one < other
  }
}
