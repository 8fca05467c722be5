/// Any tool as a driver, in a few commands, or a file whose fields are the state. `{name}` in `match` captures a word and
/// `*` takes the rest.
public struct DeclaredLayer: Codable, Hashable, Sendable {
  /// The commands it is for. Of those that fit, the one that says more counts.
  public var match: [String]
  /// Options that the command may have anywhere and that `{rest}` hands on; `--namespace=` takes a value.
  public var passes: [String]
  /// Options that the command may have anywhere and that nothing else needs.
  public var ignores: [String]
  /// Prints the state. With `file`: prints what is really seen, beside what the file says.
  public var observe: String?
  /// A JSON or YAML file that holds the state, instead of `observe`.
  public var file: String?
  /// Of the file, or of the JSON that `observe` prints: dotted paths to what is the state. Empty: all that is printed.
  public var fields: [String]
  /// Prints what `undo` gets as `{before}`, where that is not the observation itself: a release's number.
  public var keep: String?
  /// Runs instead of the command as written.
  public var act: String?
  /// Prints anything and exits 0 where the wanted state is there; nil: the observation must equal `wanted`.
  public var verify: String?
  /// What the observation must be after.
  public var wanted: Wanted?
  /// Puts the state back; `{before}` is what was kept. A file needs none: its fields are put back.
  public var undo: String?
  /// The kind of state, such as `process` or `image`.
  public var layer: String?
  /// What the plan says beside the step.
  public var note: String?
  /// A migration tool instead: it needs none of the above.
  public var migrations: DeclaredMigrations?

  public enum Wanted: Codable, Hashable, Sendable {
    /// With the captured words filled in.
    case text(String)
    /// A read-only command that prints it, asked before the step.
    case from(command: String)
    /// Something else than before: a restart's process, a reload's workers.
    case changed
    /// Of a file: dotted path → value, the captured words filled in.
    case fields([String: JSONValue])
  }

  public init(
    match: String..., passes: [String] = [], ignores: [String] = [], observe: String? = nil, file: String? = nil,
    fields: [String] = [], keep: String? = nil, act: String? = nil, verify: String? = nil, wanted: Wanted? = nil,
    undo: String? = nil, layer: String? = nil, note: String? = nil,
    migrations: DeclaredMigrations? = nil
  ) {
    self.match = match
    self.passes = passes
    self.ignores = ignores
    self.observe = observe
    self.file = file
    self.fields = fields
    self.keep = keep
    self.act = act
    self.verify = verify
    self.wanted = wanted
    self.undo = undo
    self.layer = layer
    self.note = note
    self.migrations = migrations
  }
}
