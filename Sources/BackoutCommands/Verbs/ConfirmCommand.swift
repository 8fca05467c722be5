import ArgumentParser
import Foundation
import Runbook

struct ConfirmCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "confirm",
    abstract: "Show the reading (what runs, in which order, what does not and why) and confirm it.",
    discussion: "The confirmation is kept in backout.lock beside backout.yaml. Without a terminal, give --digest.")

  @Argument(help: "The runbook.") var runbook: String?
  @Option(help: "Read this backout.yaml.") var bindings: String?
  @Option(help: "Confirm exactly this reading: its digest, or the digest's first eight or more characters.") var digest:
    String?
  @Option(name: .customLong("env"), help: "An overlay from environments:.") var environment: String?
  @OptionGroup var output: OutputOptions

  struct Result: Encodable {
    var digest: String
    var confirmed: Bool
    @Null var by: String?
    var lock: String
  }

  mutating func run() async throws {
    var workspace = try await Workspace.open(runbook: runbook, bindings: bindings)
    let name = ProcessInfo.processInfo.environment["BACKOUT_OPERATOR"] ?? NSUserName()
    let reading = workspace.runbook.digest
    let typed = RunbookOptions.typedForConfirm(
      runbook ?? workspace.key, bindings: bindings, environment: environment)
    if !output.json {
      Console.print(ReadingScreen(workspace: workspace, environment: environment).text)
    }
    let isConfirmed: Bool
    if let digest {
      guard digest.count >= 8, reading.hex.hasPrefix(digest) else {
        throw Failure(
          .blocked, "The reading's digest is \(reading), not \(digest): nothing was confirmed.",
          next: "backout confirm \(typed) shows what it reads now")
      }
      isConfirmed = true
    } else if Console.isInteractive {
      isConfirmed = await Console.askYesNo("Is this what shall run?")
    } else {
      isConfirmed = false
    }
    if isConfirmed { try workspace.confirm(environment: environment, by: name, at: Date()) }
    let lock = ConfirmationLock.path(beside: workspace.bindingsPath)
    if output.json {
      try Console.json(Result(digest: reading.hex, confirmed: isConfirmed, by: isConfirmed ? name : nil, lock: lock))
    } else if isConfirmed {
      Console.print("Confirmed by \(name): \(reading.short) in \(lock)")
    }
    guard isConfirmed else {
      if Console.isInteractive { throw Failure(.waiting, "Nothing was confirmed.") }
      throw Failure(
        .waiting, "Nobody confirmed the reading: there is no terminal here.",
        next: "backout confirm \(typed) --digest \(reading.short)")
    }
  }
}
