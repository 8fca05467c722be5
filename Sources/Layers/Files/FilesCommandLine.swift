import Layer
import Runbook

/// Reads the words of a command that works on files. What it does not know is nil: never a guess.
struct FilesCommandLine {
  let command: ParsedCommand
  let context: ReadingContext

  /// Change nothing, whatever their words are, but for those that `looks` excludes.
  static let looking: Set<String> = [
    "ls", "cat", "head", "tail", "grep", "egrep", "fgrep", "zgrep", "find", "stat", "wc", "diff", "cmp", "test", "[",
    "du", "df", "pwd", "which", "file", "md5sum", "sha256sum", "sha1sum", "readlink", "realpath", "basename", "dirname",
    "sort", "uniq", "cut", "tr", "tree", "echo", "printf", "true", "date", "whoami", "id", "uname", "sed", "zcat", "nl",
  ]

  func path(_ word: Word) -> PathWord {
    if let value = WordExpansion.expandedValue(of: word, in: context) {
      return PathWord(
        text: absolute(value), kind: .path,
        isContents: value.hasSuffix("/") || value.hasSuffix("/.") || value == ".")
    }
    if let pattern = WordExpansion.pattern(of: word, in: context) {
      return PathWord(text: absolute(pattern), kind: .pattern)
    }
    return PathWord(text: word.text, kind: .unknown)
  }

  private func absolute(_ text: String) -> String {
    // Elsewhere a relative path is relative to a folder that only the place knows.
    command.place.sharesFiles || text.hasPrefix("/") ? context.absolutePath(text) : text
  }

  private func value(_ word: Word) -> String { WordExpansion.expandedValue(of: word, in: context) ?? word.text }

  private struct Parts {
    var options: [(name: String, value: String?)] = []
    var operands: [Word] = []
    func has(_ names: String...) -> Bool { options.contains { names.contains($0.name) } }
    func value(_ names: String...) -> String? { options.last { names.contains($0.name) }?.value }
    func only(_ known: Set<String>) -> Bool { options.allSatisfy { known.contains($0.name) } }
  }

  private func parts(valued: Set<String> = [], dropping count: Int = 1) -> Parts? {
    var result = Parts()
    var rest = Array(command.words.dropFirst(count))[...]
    while let word = rest.popFirst() {
      let text = value(word)
      if text == "--" {
        result.operands += rest
        break
      }
      if text.hasPrefix("--"), text.count > 2 {
        if let equals = text.firstIndex(of: "=") {
          result.options.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
        } else if valued.contains(text) {
          guard let next = rest.popFirst() else { return nil }
          result.options.append((text, value(next)))
        } else {
          result.options.append((text, nil))
        }
      } else if text.hasPrefix("-"), text.count > 1 {
        var letters = text.dropFirst()
        while let letter = letters.popFirst() {
          let name = "-\(letter)"
          if valued.contains(name) {
            guard let argument = letters.isEmpty ? rest.popFirst().map(value) : String(letters) else { return nil }
            result.options.append((name, argument))
            letters = ""
          } else {
            result.options.append((name, nil))
          }
        }
      } else {
        result.operands.append(word)
      }
    }
    return result
  }

  /// What its output redirections write. Nil where one cannot be understood.
  var writes: [FileWrite] {
    command.fileRedirections.map { redirection in
      FileWrite(
        path: path(redirection.target), appends: redirection.operator.hasSuffix(">>"),
        text: redirection.descriptor ?? 1 == 1 ? output : nil)
    }
  }

  /// What the command prints, where that is plain to see.
  private var output: String? {
    guard command.context != .pipeline else { return nil }
    let values = command.words.dropFirst().map { WordExpansion.expandedValue(of: $0, in: context) }
    switch command.name {
    case "echo":
      guard values.allSatisfy({ $0 != nil }) else { return nil }
      var words = values.compactMap { $0 }
      let ending = words.first == "-n" ? "" : "\n"
      if words.first == "-n" { words.removeFirst() }
      return words.first?.hasPrefix("-") == true ? nil : words.joined(separator: " ") + ending
    case "cat":
      guard command.words.count == 1, command.redirections.count == 2,
        let document = command.redirections.first(where: { $0.operator.hasPrefix("<<") })
      else { return nil }
      return document.hereDocument
    case nil where command.words.isEmpty: return ""
    case "true", ":": return ""
    default: return nil
    }
  }

  var action: FilesAction? {
    switch command.name {
    case "rm": remove
    case "rmdir":
      parts().flatMap { $0.only(["-p", "-v"]) && !$0.has("-p") ? .removeFolder($0.operands.map(path)) : nil }
    case "mv": move
    case "cp": copy
    case "install": install
    case "sed" where isEdit: edit
    case "mkdir": makeFolder
    case "ln": link
    case "chmod", "chown", "chgrp": attributes
    case "touch": touch
    case "truncate": truncate
    case "tee": tee
    case "tar": tar
    case "unzip": unzip
    default: looks ? .look(isKnown: true) : command.fileRedirections.isEmpty ? nil : .look(isKnown: false)
    }
  }

  private var looks: Bool {
    guard let name = command.name else { return command.words.isEmpty && !command.redirections.isEmpty }
    guard Self.looking.contains(name) else { return false }
    let words = command.words.dropFirst().map(value)
    return switch name {
    // It never ends.
    case "tail": !words.contains { ["-f", "-F", "--follow"].contains($0) || $0.hasPrefix("--follow=") }
    case "find":
      !words.contains { ["-delete", "-exec", "-execdir", "-ok", "-okdir", "-fprint", "-fls", "-fprintf"].contains($0) }
    case "sort": !words.contains { $0.hasPrefix("-o") || $0.hasPrefix("--output") }
    case "date": !words.contains { $0.hasPrefix("-s") || $0.hasPrefix("--set") }
    default: true
    }
  }

  private var remove: FilesAction? {
    guard let parts = parts(),
      parts.only([
        "-r", "-R", "-f", "-v", "-i", "-I", "-d", "--recursive", "--force", "--verbose", "--preserve-root",
        "--one-file-system", "--dir", "--no-preserve-root",
      ]), !parts.operands.isEmpty
    else { return nil }
    return .remove(
      parts.operands.map(path), recursive: parts.has("-r", "-R", "--recursive"), force: parts.has("-f", "--force"))
  }

  private var move: FilesAction? {
    guard let parts = parts(valued: ["-t", "--target-directory", "-S"]),
      parts.only(["-f", "-v", "-t", "--target-directory", "-T", "--force", "--verbose"])
    else { return nil }
    if let folder = parts.value("-t", "--target-directory") {
      return .move(parts.operands.map(path), to: path(Word(literal: folder)), intoFolder: true)
    }
    guard parts.operands.count >= 2, let last = parts.operands.last else { return nil }
    return .move(
      parts.operands.dropLast().map(path), to: path(last), intoFolder: !parts.has("-T"))
  }

  private var copy: FilesAction? {
    guard let parts = parts(valued: ["-t", "--target-directory"]),
      parts.only([
        "-r", "-R", "-a", "-p", "-f", "-v", "-n", "-L", "-P", "-d", "-T", "-t", "--target-directory", "--recursive",
        "--archive", "--force", "--verbose", "--no-clobber", "--preserve", "--reflink", "--no-target-directory",
      ])
    else { return nil }
    let recursive = parts.has("-r", "-R", "-a", "--recursive", "--archive")
    let keeps = parts.has("-n", "--no-clobber")
    if let folder = parts.value("-t", "--target-directory") {
      return .copy(
        parts.operands.map(path), to: path(Word(literal: folder)), recursive: recursive, intoFolder: true,
        keepsExisting: keeps, mode: nil)
    }
    guard parts.operands.count >= 2, let last = parts.operands.last else { return nil }
    return .copy(
      parts.operands.dropLast().map(path), to: path(last), recursive: recursive,
      intoFolder: !parts.has("-T", "--no-target-directory"), keepsExisting: keeps, mode: nil)
  }

  private var install: FilesAction? {
    guard let parts = parts(valued: ["-m", "--mode", "-o", "-g", "-t"]),
      parts.only(["-m", "--mode", "-v", "-o", "-g", "-t"])
    else { return nil }
    var operands = parts.operands
    guard let to = parts.value("-t").map({ Word(literal: $0) }) ?? operands.popLast(), !operands.isEmpty else {
      return nil
    }
    return .copy(
      operands.map(path), to: path(to), recursive: false, intoFolder: true, keepsExisting: false,
      mode: parts.value("-m", "--mode") ?? "755")
  }

  /// sed edits in place where an option says so; `-ni` is `-n -i`, but `-in` is `-i` with the suffix `n`.
  private var isEdit: Bool {
    command.words.dropFirst().map(value).contains { inPlaceSuffix($0) != nil }
  }

  /// The suffix where the word has `-i`; empty for none.
  private func inPlaceSuffix(_ text: String) -> String? {
    if text == "--in-place" { return "" }
    if let suffix = text.dropping(prefix: "--in-place=") { return suffix }
    guard text.hasPrefix("-"), !text.hasPrefix("--"), let place = text.firstIndex(of: "i"),
      text[..<place].dropFirst().allSatisfy({ "nErsz".contains($0) })
    else { return nil }
    return String(text[text.index(after: place)...])
  }

  private var edit: FilesAction? {
    var script: [String] = []
    var files: [PathWord] = []
    var suffix = ""
    var hasScript = false
    var rest = Array(command.words.dropFirst())[...]
    while let word = rest.popFirst() {
      let text = value(word)
      if let found = inPlaceSuffix(text) {
        suffix = found
        if !text.hasPrefix("--"), let place = text.firstIndex(of: "i"),
          text.distance(from: text.startIndex, to: place) > 1
        {
          script.append(String(text[..<place]))
        }
      } else if ["-e", "--expression", "-f", "--file"].contains(text) {
        guard let next = rest.popFirst() else { return nil }
        script += [text, value(next)]
        hasScript = true
      } else if text.hasPrefix("-"), text.count > 1 {
        guard
          ["-n", "-E", "-r", "-s", "-z", "--quiet", "--regexp-extended"].contains(text) || text.hasPrefix("-e")
            || text.hasPrefix("--expression=")
        else { return nil }
        hasScript = hasScript || text.hasPrefix("-e") || text.hasPrefix("--expression=")
        script.append(text)
      } else if !hasScript {
        script += ["-e", text]
        hasScript = true
      } else {
        files.append(path(word))
      }
    }
    return hasScript && !files.isEmpty ? .edit(files, script: script, suffix: suffix.isEmpty ? nil : suffix) : nil
  }

  private var makeFolder: FilesAction? {
    guard let parts = parts(valued: ["-m", "--mode"]), parts.only(["-p", "--parents", "-v", "-m", "--mode"]),
      !parts.operands.isEmpty
    else { return nil }
    return .makeFolder(parts.operands.map(path), parents: parts.has("-p", "--parents"))
  }

  private var link: FilesAction? {
    guard let parts = parts(),
      parts.only(["-s", "-f", "-n", "-T", "-v", "--symbolic", "--force", "--no-dereference"]),
      parts.operands.count == 2,
      let target = WordExpansion.expandedValue(of: parts.operands[0], in: context)
    else { return nil }
    return .link(
      target: target, at: path(parts.operands[1]), symbolic: parts.has("-s", "--symbolic"),
      force: parts.has("-f", "--force"))
  }

  private var attributes: FilesAction? {
    var words = command.words.dropFirst().map(value)
    // `chmod -x file` takes a mode that looks like an option.
    words.removeAll { ["-R", "--recursive", "-v", "-f", "-c", "-h", "--"].contains($0) }
    let recursive = command.words.map(value).contains { $0 == "-R" || $0 == "--recursive" }
    guard let what = words.first, words.count >= 2, !what.hasPrefix("--") else { return nil }
    let operands = command.words.dropFirst().filter {
      !["-R", "--recursive", "-v", "-f", "-c", "-h", "--"].contains(value($0))
    }
    let paths = operands.dropFirst().map(path)
    switch command.name {
    case "chmod": return .mode(what, paths, recursive: recursive)
    case "chgrp": return .owner(":\(what)", paths, recursive: recursive)
    default: return what.hasPrefix("-") ? nil : .owner(what, paths, recursive: recursive)
    }
  }

  private var touch: FilesAction? {
    guard let parts = parts(valued: ["-d", "-t", "-r"]),
      parts.only(["-a", "-m", "-c", "-d", "-t", "-r", "--no-create"]),
      !parts.operands.isEmpty
    else { return nil }
    return .touch(parts.operands.map(path), creates: !parts.has("-c", "--no-create"))
  }

  private var truncate: FilesAction? {
    guard let parts = parts(valued: ["-s", "--size"]), parts.only(["-s", "--size", "-c"]), !parts.operands.isEmpty
    else {
      return nil
    }
    return .truncate(parts.operands.map(path), size: parts.value("-s", "--size").flatMap { Int($0) })
  }

  private var tee: FilesAction? {
    guard let parts = parts(), parts.only(["-a", "--append", "-i"]), !parts.operands.isEmpty else { return nil }
    let document = command.redirections.first { $0.operator == "<<" || $0.operator == "<<<" }
    let isPlain = document.map { $0.operator == "<<" && $0.body?.contains { "$`\\".contains($0) } == false } ?? false
    return .tee(
      parts.operands.map {
        FileWrite(path: path($0), appends: parts.has("-a", "--append"), text: isPlain ? document?.body : nil)
      })
  }

  private var tar: FilesAction? {
    var words = command.words.dropFirst().map { $0 }
    // The old form has no dash: `tar xzf a.tgz`.
    if let first = words.first, let text = first.value, !text.hasPrefix("-") {
      words[words.startIndex] = Word(literal: "-" + text)
    }
    var line = self
    line = FilesCommandLine(
      command: ParsedCommand(words: [command.words[0]] + words, place: command.place), context: context)
    guard let parts = line.parts(valued: ["-f", "-C", "--file", "--directory", "--strip-components"]),
      parts.only([
        "-x", "-z", "-j", "-J", "-v", "-p", "-f", "-C", "-t", "--file", "--directory", "--strip-components",
        "--extract",
        "--list", "--gzip", "--zstd", "--xz", "--bzip2", "--get",
      ]), let archive = parts.value("-f", "--file")
    else { return nil }
    if parts.has("-t", "--list") { return .look(isKnown: true) }
    guard parts.has("-x", "--extract", "--get") else { return nil }
    // Members by name, or under another name, are not listed here.
    guard parts.operands.isEmpty, parts.value("--strip-components") == nil, archive != "-" else { return nil }
    return .extract(
      archive: path(Word(literal: archive)), folder: path(Word(literal: parts.value("-C", "--directory") ?? ".")),
      kind: .tar, options: [])
  }

  private var unzip: FilesAction? {
    guard let parts = parts(valued: ["-d"]), parts.only(["-o", "-q", "-d", "-n", "-l"]), parts.operands.count == 1
    else {
      return nil
    }
    if parts.has("-l") { return .look(isKnown: true) }
    return .extract(
      archive: path(parts.operands[0]), folder: path(Word(literal: parts.value("-d") ?? ".")), kind: .zip,
      options: parts.options.filter { ["-o", "-n"].contains($0.name) }.map(\.name))
  }
}
