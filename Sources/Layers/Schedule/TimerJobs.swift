import Layer
import Runbook
import RunbookReading

/// What systemd's timers start, each with the `systemctl` that disables its timer, and the one that enables it.
struct TimerJobs {
  let environment: StepEnvironment
  private let parser = ShellReader()

  init(in environment: StepEnvironment) { self.environment = environment }

  /// Those of the system at `place`, changed as `root`. Throws `CommandFailure` where the place cannot be asked at all.
  func ofSystem(at place: Place, root: Place) async throws -> [ScheduledJob] {
    let question = ScheduleQuestion(environment: environment, place: place)
    let active = Self.units(
      try await question.text([
        "systemctl", "show",
        "--property=Id,Unit,ActiveState,UnitFileState,FragmentPath,TimersCalendar,TimersMonotonic", "*.timer",
      ])
    ).filter { $0["ActiveState"] == ["active"] }
    let timers = try await thatComeBack(active, question)
    let names = Set(timers.compactMap { $0["Unit"]?.first }).sorted()
    if names.isEmpty { return [] }
    let services = Self.units(
      try await question.text(
        ["systemctl", "show", "--property=Id,ExecStartPre,ExecStart,ExecStartPost,WorkingDirectory", "--"] + names))
    return timers.compactMap { timer in
      guard let id = timer["Id"]?.first, let unit = timer["Unit"]?.first else { return nil }
      let service = services.first { $0["Id"] == [unit] } ?? [:]
      let commands = ["ExecStartPre", "ExecStart", "ExecStartPost"].flatMap { service[$0] ?? [] }.compactMap(Self.argv)
      let folder = service["WorkingDirectory"]?.first.flatMap { $0.hasPrefix("/") ? $0 : nil }
      // What is not enabled is started by another unit: that it does not run is all that can be had.
      let isEnabled = timer["UnitFileState"] == ["enabled"]
      func text(_ words: [String]) -> String { ShellQuoting.quoted(root.words(for: ["systemctl"] + words + [id])) }
      return ScheduledJob(
        starter: "the timer \(id)" + (place.isHere ? "" : " (\(place.label))"),
        times: ((timer["TimersCalendar"] ?? []) + (timer["TimersMonotonic"] ?? [])).compactMap(Self.time)
          .joined(separator: ", "),
        command: commands.isEmpty ? unit : commands.joined(separator: "; "),
        // That it starts its unit is known, whatever that runs.
        started: StartedCommands(unquoted: commands, in: folder, by: parser) ?? StartedCommands(),
        service: unit, target: "service:\(id)",
        name: QuarantineOffer.name("timer", id.hasSuffix(".timer") ? String(id.dropLast(6)) : id),
        statement: text(isEnabled ? ["disable", "--now"] : ["stop"]),
        release: text(isEnabled ? ["enable", "--now"] : ["start"]))
    }
  }

  /// Those that a release starts again: a transient one is gone once it is stopped, one with a mask is refused, and to
  /// disable one that is linked takes its link away.
  private func thatComeBack(
    _ timers: [[String: [String]]], _ question: ScheduleQuestion
  ) async throws -> [[String: [String]]] {
    let lasting = timers.filter { !["transient", "masked", "masked-runtime"].contains($0["UnitFileState"]?.first) }
    let files = lasting.compactMap { $0["FragmentPath"]?.first }
    guard !files.isEmpty, let answer = try await question.text(UnitFolders.question(of: files)) else { return [] }
    let own = UnitFolders.own(files, answer: answer)
    return lasting.filter { $0["FragmentPath"]?.first.map { own.contains($0) } ?? false }
  }

  /// What `systemctl show` prints: a paragraph a unit, with a line for each value.
  private static func units(_ text: String?) -> [[String: [String]]] {
    (text ?? "").components(separatedBy: "\n\n").map { paragraph in
      var unit: [String: [String]] = [:]
      for line in paragraph.split(separator: "\n") {
        let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !parts[1].isEmpty { unit[String(parts[0]), default: []].append(String(parts[1])) }
      }
      return unit
    }
  }

  /// `/usr/bin/x --y` of `{ path=/usr/bin/x ; argv[]=/usr/bin/x --y ; ignore_errors=no ; … }`.
  private static func argv(_ value: String) -> String? {
    guard let begin = value.range(of: "argv[]="), let end = value.range(of: " ; ignore_errors=") else { return nil }
    return begin.upperBound <= end.lowerBound ? String(value[begin.upperBound..<end.lowerBound]) : nil
  }

  /// `OnCalendar=daily` of `{ OnCalendar=daily ; next_elapse=… }`.
  private static func time(_ value: String) -> String? {
    guard value.hasPrefix("{ "), let end = value.range(of: " ; ") else { return nil }
    return String(value[value.index(value.startIndex, offsetBy: 2)..<end.lowerBound])
  }
}
