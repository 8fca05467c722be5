import Foundation
import Layer
import Runbook

/// `backup_$(date +%Y%m%d).sql`: a path with the day in it, as runbooks name backups. `date` only prints.
enum DatedPath {
  /// Throws `DatabaseFailure` where only the run tells the path.
  static func resolved(_ file: BackupParameters.File, in environment: StepEnvironment) async throws -> String {
    if file.isKnown { return try await environment.reveal(file.path) }
    var result = ""
    var rest = file.path.filter { $0 != "\"" }[...]
    while let start = rest.range(of: "$("), let end = rest.range(of: ")", range: start.upperBound..<rest.endIndex) {
      result += rest[..<start.lowerBound]
      let words = rest[start.upperBound..<end.lowerBound].split(separator: " ").map(String.init)
      guard words.first == "date", words.count == 2, words[1].hasPrefix("+"), words[1].allSatisfy(isPlain) else {
        throw unknown(file)
      }
      let answer = try? await environment.runner.run(
        CommandRequest(
          words: words, directory: environment.context.directory, variables: environment.context.variables))
      guard let answer, answer.status == 0 else { throw unknown(file) }
      result += answer.trimmed
      rest = rest[end.upperBound...]
    }
    result += rest
    guard let path = WordExpansion.expandedValue(of: Word(text: result, value: nil), in: environment.context),
      !path.contains(where: { "*?[`".contains($0) })
    else { throw unknown(file) }
    return file.place.isHere ? environment.context.absolutePath(path) : path
  }

  private static func isPlain(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "+%-_:.".contains(character))
  }

  private static func unknown(_ file: BackupParameters.File) -> DatabaseFailure {
    DatabaseFailure(kind: .unknown, description: "which file \(file.path) is, only the run tells")
  }
}
