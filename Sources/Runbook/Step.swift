/// One action with its checks; the unit of journaling, approval, retry and undo.
public struct Step: Codable, Hashable, Sendable {
  public enum Kind: String, Codable, Hashable, Sendable, CaseIterable { case shell, sql, http, file, code, manual }
  public enum Role: String, Codable, Hashable, Sendable, CaseIterable { case change, observe, wait }

  /// Stage id, a slash, and the position in the stage from 1: `step-6/4`.
  public var id: String
  public var line: Int
  public var endLine: Int
  /// From the comment above it, else from the action.
  public var title: String
  public var kind: Kind
  public var role: Role
  public var action: Action
  public var place: Place
  public var optional: Bool
  /// The option this step belongs to, where it is one of alternatives.
  public var choice: ChoiceMembership?
  /// Needs a terminal, or never returns: it becomes a person's.
  public var interactive: Bool
  public var destructive: Bool
  /// What the document says the outcome should be.
  public var expectations: [Check]
  /// Attributes of the fence: `{name=deploy interactive=false}`.
  public var attributes: [String: String]

  public init(
    id: String, line: Int, endLine: Int, title: String, kind: Kind, role: Role, action: Action, place: Place = .here,
    optional: Bool = false, choice: ChoiceMembership? = nil, interactive: Bool = false, destructive: Bool = false,
    expectations: [Check] = [], attributes: [String: String] = [:]
  ) {
    self.id = id
    self.line = line
    self.endLine = endLine
    self.title = title
    self.kind = kind
    self.role = role
    self.action = action
    self.place = place
    self.optional = optional
    self.choice = choice
    self.interactive = interactive
    self.destructive = destructive
    self.expectations = expectations
    self.attributes = attributes
  }

  /// The action as the document writes it.
  public var text: String { action.text }
}

public struct ChoiceMembership: Codable, Hashable, Sendable {
  /// The `Choice.id`.
  public var choice: String
  /// The `ChoiceOption.id`.
  public var option: String

  public init(choice: String, option: String) {
    self.choice = choice
    self.option = option
  }
}

/// What a step does.
public enum Action: Codable, Hashable, Sendable {
  case shell(ShellStatement)
  case sql(SQLText)
  /// Settings for the service's environment: an `env` fence.
  case config(ConfigBlock)
  /// A file to define, not to run: an embedded script.
  case file(FileDefinition)
  /// Code in another language: runs only where a binding says so.
  case code(language: String, text: String)
  /// Something that a person does.
  case manual(String)
  /// A `- [ ]` item: a person says that it holds, unless bound to a check.
  case confirm(String)

  public var text: String {
    switch self {
    case .shell(let statement): statement.text
    case .sql(let sql): sql.text
    case .config(let block): block.text
    case .file(let file): file.contents
    case .code(_, let text): text
    case .manual(let text), .confirm(let text): text
    }
  }
}

/// One top-level shell statement, as written, with the simple commands in it.
public struct ShellStatement: Codable, Hashable, Sendable {
  public var text: String
  /// In the order in which they stand. Empty where the statement could not be parsed: it is then opaque.
  public var commands: [ParsedCommand]
  public var isOpaque: Bool

  public init(text: String, commands: [ParsedCommand], isOpaque: Bool = false) {
    self.text = text
    self.commands = commands
    self.isOpaque = isOpaque
  }
}

public struct SQLText: Codable, Hashable, Sendable {
  public var text: String
  /// The name in `connections`.
  public var connection: String

  public init(text: String, connection: String = "default") {
    self.text = text
    self.connection = connection
  }
}

public struct ConfigBlock: Codable, Hashable, Sendable {
  public struct Setting: Codable, Hashable, Sendable {
    public var name: String
    public var value: String
    public var line: Int
    public init(name: String, value: String, line: Int) {
      self.name = name
      self.value = value
      self.line = line
    }
  }
  public var settings: [Setting]
  /// The file it belongs in, where the document or a binding says so.
  public var file: String?
  public var text: String

  public init(settings: [Setting], file: String? = nil, text: String) {
    self.settings = settings
    self.file = file
    self.text = text
  }
}

public struct FileDefinition: Codable, Hashable, Sendable {
  public var path: String?
  public var contents: String

  public init(path: String? = nil, contents: String) {
    self.path = path
    self.contents = contents
  }
}
