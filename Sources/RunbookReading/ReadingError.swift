/// Why a document could not be read at all. Odd prose is never an error.
public enum ReadingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A program that the reader needs is not on this computer.
  case missingTool(name: String, install: String)
  /// More bytes than the reader takes.
  case tooLarge(name: String, bytes: Int, limit: Int)
  /// The YAML form of a runbook that does not say one.
  case yaml(name: String, line: Int, message: String)

  public var description: String {
    switch self {
    case .missingTool(let name, let install):
      "\(name) was not found, and the commands of a runbook cannot be read without it. Nothing was executed. "
        + "Install it: \(install)"
    case .tooLarge(let name, let bytes, let limit):
      "\(name) has \(bytes) bytes; the reader takes up to \(limit). Nothing was executed. Split the document."
    case .yaml(let name, let line, let message): "\(name):\(line): \(message) Nothing was executed."
    }
  }
}
