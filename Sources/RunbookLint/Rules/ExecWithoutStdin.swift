import Runbook

struct ExecWithoutStdin: LintRule {
  let id = "exec-without-stdin"
  let severity = Finding.Severity.error
  let summary = "What is piped into `docker exec` or `kubectl exec` without `-i` never arrives."
  let explanation = """
    Without `-i` the command inside gets no standard input: `docker exec db psql < dump.sql` restores nothing and exits 0.
    With `-t` and a pipe it stops: "the input device is not a TTY"; so does `docker compose exec` without `-T` when you
    sit at a terminal.

    `docker exec -i`, `kubectl exec -i`, `docker compose exec -T`.
    """
  let bad = Example.shell("docker exec db psql -U shop shop < dump.sql")
  let good = Example.shell("docker exec -i db psql -U shop shop < dump.sql")
  let references = [
    "https://docs.docker.com/reference/cli/docker/container/exec/",
    "https://docs.docker.com/reference/cli/docker/compose/exec/",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    document.steps.flatMap { placed -> [Finding] in
      placed.commands.compactMap { found in
        guard found.isFed else { return nil }
        switch found.command.place {
        case .container, .pod: break
        default: return nil
        }
        return fault(found, text: placed.step.text)
      }
    }
  }

  private func fault(_ found: PlacedCommand, text: String) -> Finding? {
    let words = ShellScan.bare(text).split(whereSeparator: \.isWhitespace).map(String.init)
    guard let exec = words.firstIndex(of: "exec"), exec > 0 else { return nil }
    let before = words[..<exec]
    let valued: Set<String> = [
      "-u", "--user", "-e", "--env", "-w", "--workdir", "-n", "--namespace", "-c", "--container",
    ]
    var options: [String] = []
    var rest = words[(exec + 1)...]
    while let first = rest.first, first.hasPrefix("-") {
      options.append(first)
      rest = rest.dropFirst(valued.contains(first) ? 2 : 1)
    }
    // kubectl takes its options after the pod's name too.
    if before.contains("kubectl") || before.contains("oc") {
      options += rest.prefix { $0 != "--" }.filter { $0.hasPrefix("-") }
    }
    let letters = options.filter { !$0.hasPrefix("--") && !valued.contains($0) }.joined()
    let hasTerminal = letters.contains("t") || options.contains("--tty")
    let shown = Shown.text(text)
    if before.contains("compose") || before.contains("docker-compose") {
      guard !letters.contains("T"), !options.contains("--no-TTY"), !options.contains("--no-tty") else { return nil }
      return finding(
        at: found, "at a terminal `\(shown)` stops with \"the input device is not a TTY\"",
        fix: Fix(title: "docker compose exec -T …")
      ).as(.warning)
    }
    if hasTerminal {
      return finding(
        at: found, "`\(shown)` stops with \"the input device is not a TTY\": its input is no terminal",
        fix: Fix(title: "-i in place of -it"))
    }
    guard !letters.contains("i"), !options.contains("--interactive"), !options.contains("--stdin") else { return nil }
    let edit: [Edit] = []
    return finding(
      at: found, "`\(found.shown)` inside gets nothing to read, does nothing, and succeeds: `\(shown)` has no `-i`",
      fix: Fix(title: "exec -i …", edits: edit))
  }
}
