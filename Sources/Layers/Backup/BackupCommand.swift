import Foundation
import Layer
import Runbook

/// Reads the words of a command that makes, checks or plays back a backup. What it does not know is nil: never a guess.
struct BackupCommand {
  let command: ParsedCommand
  let context: ReadingContext

  var parameters: BackupParameters? {
    guard let name = command.name, !command.background else { return nil }
    var result: BackupParameters? =
      switch name {
      case "pg_dump": dump()
      case "pg_dumpall": dumpAll()
      case "pg_restore": restore()
      case "psql": load()
      case "createdb": create()
      case "dropdb": drop()
      default: nil
      }
    let words = command.words + command.redirections.map(\.target) + (command.feed?.words ?? [])
    result?.missing = WordExpansion.missingVariables(in: words, context: context)
    return result
  }

  private func words(_ grammar: ClientWords.Grammar) -> ClientWords? {
    ClientWords(command.words.dropFirst(), grammar, in: context)
  }

  private func value(_ word: Word?) -> String? {
    word.map { WordExpansion.expandedValue(of: $0, in: context) ?? $0.text }
  }

  // MARK: Files

  private func file(_ word: Word, at place: Place) -> BackupParameters.File {
    guard let value = WordExpansion.expandedValue(of: word, in: context) else {
      return BackupParameters.File(path: word.text, isKnown: false, place: place)
    }
    // Elsewhere a relative path is relative to a folder that only the place knows.
    return BackupParameters.File(
      path: place.sharesFiles ? context.absolutePath(value) : value, isKnown: true, place: place)
  }

  private var input: BackupParameters.File? {
    guard let redirection = command.redirections.last(where: { $0.operator == "<" && $0.descriptor ?? 0 == 0 })
    else { return nil }
    return file(redirection.target, at: redirection.place ?? .here)
  }

  private static let unpackers: [String: Set<String>] = [
    "gunzip": ["-c", "--stdout", "-dc", "-cd"], "gzip": ["-dc", "-cd"], "bunzip2": ["-c", "-dc"],
    "bzip2": ["-dc", "-cd"], "unxz": ["-c", "-dc"], "xz": ["-dc", "-cd"], "unzstd": ["-c", "-dc"],
    "zstd": ["-dc", "-cd"],
  ]
  private static let printers: Set<String> = ["cat", "zcat", "bzcat", "xzcat", "zstdcat", "gzcat"]
  /// What brings a dump from somewhere else; `echo` and its like bring a line of SQL.
  private static let streams: Set<String> = [
    "pg_dump", "pg_dumpall", "pg_restore", "curl", "wget", "aws", "gsutil", "gcloud", "az", "rclone", "ssh", "openssl",
    "gpg", "age", "restic", "borg", "gunzip", "gzip", "zcat", "zstd", "xz", "pv", "sed", "tar", "unzip",
  ]

  /// What the command reads from its standard input: a file, or something that only the run brings.
  private func fed() -> (file: BackupParameters.File?, stream: String?)? {
    if let input { return (input, nil) }
    guard let feed = command.feed, let name = feed.words.first?.value else { return nil }
    let options = feed.words.dropFirst().map(\.valueOrText).filter { $0.hasPrefix("-") }
    let operands = feed.words.dropFirst().filter { !$0.valueOrText.hasPrefix("-") }
    let prints = Self.printers.contains(name) && options.isEmpty
    // From its standard input it unpacks to its output without being told so.
    let unpacks = Self.unpackers[name].map { known in
      operands.isEmpty
        ? options.allSatisfy { known.contains($0) || $0 == "-d" }
        : !options.isEmpty && options.allSatisfy(known.contains)
    }
    let source = operands.count == 1 ? operands.first : operands.isEmpty ? feed.input : nil
    if prints || unpacks == true, let source {
      var found = file(source, at: feed.place)
      if name != "cat" { found.reader = prints ? [name] : [name, "-dc"] }
      return (found, nil)
    }
    guard Self.streams.contains(name) || prints || unpacks == true else { return nil }
    return (nil, feed.words.prefix(4).map(\.valueOrText).joined(separator: " "))
  }

  // MARK: Programs

  private func dump() -> BackupParameters? {
    guard let words = words(ClientWords.dump) else { return nil }
    var result = BackupParameters(
      verb: .dump, connection: ClientConnection(words, of: command, database: words.operands.first, in: context))
    result.format = value(words.last("format")).map { String($0.prefix(1)) } ?? "p"
    setOutput(words, of: &result)
    return result
  }

  private func dumpAll() -> BackupParameters? {
    guard let words = words(ClientWords.dumpAll) else { return nil }
    var result = BackupParameters(
      verb: .dumpAll, connection: ClientConnection(words, of: command, database: words.last("database"), in: context))
    setOutput(words, of: &result)
    return result
  }

  private func setOutput(_ words: ClientWords, of result: inout BackupParameters) {
    if words.has("version", "help", "V", "?") {
      result.verb = .look
    } else if let word = words.last("file"), value(word) != "-" {
      result.output = file(word, at: command.place)
      result.output?.isOperand = true
    } else if let written = command.fileRedirections.first(where: { $0.descriptor ?? 1 == 1 }) {
      result.output = file(written.target, at: written.place ?? .here)
    } else {
      // Into a pipe, or for the eye.
      result.verb = .look
    }
  }

  private func restore() -> BackupParameters? {
    guard let words = words(ClientWords.restore) else { return nil }
    var result = BackupParameters(verb: .restore, connection: ClientConnection(words, of: command, in: context))
    for (name, values) in words.options.sorted(by: { $0.key < $1.key }) where ClientWords.selecting.contains(name) {
      for word in values {
        let text = value(word) ?? ""
        result.selection.append(text.isEmpty ? "--\(name)" : "--\(name)=\(text)")
      }
    }
    result.namesDatabase = words.has("dbname")
    result.cleans = words.has("clean")
    result.creates = words.has("create")
    result.isDataOnly = words.has("data-only")
    result.isSchemaOnly = words.has("schema-only")
    if let operand = words.operands.first {
      result.source = file(operand, at: command.place)
      result.source?.isOperand = true
    } else if let fed = fed() {
      (result.source, result.stream) = fed
    } else if command.feed != nil {
      result.stream = command.feed?.words.first?.text
    }
    if words.has("list", "version", "help", "V", "?") {
      result.verb = .look
    } else if !words.has("dbname") {
      if let word = words.last("file"), value(word) != "-" {
        // Only translates the archive.
        result.verb = .dump
        result.output = file(word, at: command.place)
        result.output?.isOperand = true
      } else if words.has("file") || command.context == .pipeline || !command.fileRedirections.isEmpty {
        result.verb = .look
      }
    }
    return result
  }

  /// psql, where what it runs is a dump. SQL that it is given otherwise is the PostgreSQL driver's.
  private func load() -> BackupParameters? {
    guard let words = words(ClientWords.psql), !words.has("command", "list", "help", "version", "V", "?") else {
      return nil
    }
    var result = BackupParameters(
      verb: .load, connection: ClientConnection(words, of: command, database: words.operands.first, in: context))
    if words.operands.count > 1, let user = value(words.operands[1]) {
      result.connection.keywords["user"] = .literal(user)
    }
    if let named = words.last("file"), value(named) != "-" {
      let found = file(named, at: command.place)
      guard words.options["file"]?.count == 1, looksLikeDump(found) else { return nil }
      result.source = found
      result.source?.isOperand = true
      return result
    }
    guard let fed = fed() else { return nil }
    (result.source, result.stream) = fed
    return result
  }

  /// Whether `psql -f` gets a dump: by its first bytes where it lies here, elsewhere by its name.
  private func looksLikeDump(_ file: BackupParameters.File) -> Bool {
    let name = (file.path as NSString).lastPathComponent.lowercased()
    guard file.place.isHere, file.isKnown, let handle = FileHandle(forReadingAtPath: file.path) else {
      return ["backup", "dump", "snapshot"].contains { name.contains($0) } || name.hasSuffix(".bak")
    }
    defer { try? handle.close() }
    let data = (try? handle.read(upToCount: 64 << 10)) ?? Data()
    if data.starts(with: Data("PGDMP".utf8)) || data.starts(with: [0x1f, 0x8b]) { return true }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    return lines.contains { line in
      line.hasPrefix("-- PostgreSQL database dump") || line.hasPrefix("-- PostgreSQL database cluster dump")
        || line.hasPrefix("COPY ") && line.hasSuffix(" FROM stdin;")
    }
  }

  private func create() -> BackupParameters? {
    guard let words = words(ClientWords.create), !words.has("help", "version", "V", "?") else { return nil }
    var result = BackupParameters(
      verb: .create,
      connection: ClientConnection(words, of: command, database: words.last("maintenance-db"), in: context))
    guard let name = words.operands.first.map({ value($0) ?? $0.text }) ?? defaultName(result) else { return nil }
    result.database = name
    return result
  }

  private func drop() -> BackupParameters? {
    guard let words = words(ClientWords.drop), !words.has("help", "version", "V", "?"),
      let name = value(words.operands.first)
    else { return nil }
    var result = BackupParameters(
      verb: .drop, connection: ClientConnection(words, of: command, database: words.last("maintenance-db"), in: context)
    )
    result.database = name
    result.forces = words.has("force")
    result.ifExists = words.has("if-exists")
    return result
  }

  /// createdb without a name takes PGDATABASE, then PGUSER, then the user's own.
  private func defaultName(_ parameters: BackupParameters) -> String? {
    let known = parameters.connection.known(at: command.place, in: context)
    return known["dbname"] ?? known["user"] ?? (command.place.isHere ? context.variables["USER"] : nil)
  }
}
