import BackoutTestKit
import Foundation
import Runbook
import Synchronization
import Testing

/// Secrets of every origin are planted; then every output, every byte under the home and every command line of the
/// time is searched for them, in every form.
@Suite struct SecretTests {
  private static let parameter = #"p4r4m/"+&x=é{1}"#
  private static let short = "q#7Z"
  private static let variable = #"v4r/"+&x=é'$h"#
  private static let dotenv = #"d0t/+&x=é^old"#
  private static let rotated = #"r0t-+x=é^new-by-step"#
  private static let unseen = "n3ver-s33n/by+anybody"
  private static let token = #"t0k/"+&x=é\resp"#
  private static let nested = "n3st3d/\"+&x=é-client"
  private static let header = "h3ader+cookie/val"

  private static let secrets = [
    "parameter": parameter, "short": short, "variable": variable, "dotenv": dotenv, "rotated": rotated,
    "unseen": unseen, "token": token, "nested": nested, "key": "sesame",
  ]

  /// The five forms, made here by other means than the redactor's.
  private static func forms(of secret: String) throws -> [String: Data] {
    let data = Data(secret.utf8)
    let unreserved = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
    let json = String(decoding: try JSONEncoder().encode([secret]), as: UTF8.self).dropFirst(2).dropLast(2)
    let plainJSON = json.replacingOccurrences(of: "\\/", with: "/")
    let ascii = String(
      plainJSON.flatMap { $0.isASCII ? String($0) : $0.utf16.map { String(format: "\\u%04x", $0) }.joined() })
    return [
      "raw": data, "base64": Data(data.base64EncodedString().utf8),
      "URL": Data((secret.addingPercentEncoding(withAllowedCharacters: unreserved) ?? secret).utf8),
      "URL, lower": Data((secret.addingPercentEncoding(withAllowedCharacters: unreserved) ?? secret).lowercased().utf8),
      "JSON": Data(json.utf8), "JSON, plain slash": Data(plainJSON.utf8), "JSON, ASCII": Data(ascii.utf8),
      "hex": Data(data.map { String(format: "%02x", $0) }.joined().utf8),
      "HEX": Data(data.map { String(format: "%02X", $0) }.joined().utf8),
    ]
  }

  private static func runbook(_ base: String) -> String {
    """
    # Roll back the hook

    ## Rollback Steps

    ### Step 1: Look around

    ```bash
    # Variables
    env | sort
    # Raw, quoted, encoded
    echo "$APP_API_KEY"; printf '%q\\n' "$APP_API_KEY"; declare -p APP_API_KEY
    # Base64 and hex, in lines and groups
    printf %s "$APP_API_KEY$APP_API_KEY$APP_API_KEY$APP_API_KEY" | base64; printf %s "$APP_API_KEY" | od -An -tx1; printf %s "$APP_API_KEY" | base64 | fold -w 7
    # JSON and URL
    python3 -c 'import os,json,urllib.parse as u; k=os.environ["APP_API_KEY"]; print(json.dumps({"x":k}), u.quote(k), u.quote(k,safe=""), u.quote_plus(k), k.encode().hex(), ascii(k))'
    # In the middle of much output
    for i in $(seq 3000); do printf 'filler %s ' "$APP_API_KEY"; done; echo
    # A parameter in a shell command
    echo "the key is <OTHER_KEY>, the pin <PIN>" | cat
    ```

    ### Step 2: Settings

    ```bash
    # Show
    cat .env
    # Rotate
    sed -i "s|^SIGNING_SECRET=.*|SIGNING_SECRET=$NEW_SIGNING_SECRET|" .env
    # Another tool writes one that nobody knows
    printf 'LATE_TOKEN=%s\\n' "$(tr a-z n-za-m < hidden.txt)" >> .env
    # Show again
    cat .env; git diff
    ```

    ```env
    HOOK_SECRET=<OTHER_KEY>
    ```

    ### Step 3: The hook

    ```bash
    # Look
    curl -s \(base)/v1/hook -H "x-key: <YOUR_API_KEY>"
    # Look with the head
    curl -i \(base)/v1/hook -H "x-key: <YOUR_API_KEY>" -H "x-pin: <PIN>"
    # Put
    curl -X PUT \(base)/v1/hook -H "x-key: <YOUR_API_KEY>" -H 'Content-Type: application/json' -d '{"name": "old"}'
    # What it got
    curl -s \(base)/echo -H "x-key: <YOUR_API_KEY>" -H "Authorization: Bearer <PIN>"
    # Through the shell
    curl -s \(base)/v1/hook -H @header.txt | cat
    ```

    ### Step 4: A failure that shows it

    ```bash
    { echo "failed with $APP_API_KEY" >&2; false; }
    ```
    """
  }

  private func scene(_ server: TestHTTPServer) async throws -> Scene {
    try await Scene(
      runbook: Self.runbook(server.base),
      bindings: """
        runbooks:
          ROLLBACK.md:
            config_file: .env
            parameters:
              YOUR_API_KEY: { secret: env:VOICE_KEY }
              OTHER_KEY: { secret: env:PLAIN_NAME }
              PIN: { secret: "command: cat ../pin" }
        """,
      files: [
        ".env": "MODE=old\nSIGNING_SECRET=\(Self.dotenv)\nHOOK_SECRET=\n", "header.txt": "x-key: sesame\n",
        "hidden.txt": String(Self.unseen.map(Self.turned)),
        "../pin": Self.short + "\n",
      ],
      variables: [
        "APP_API_KEY": Self.variable, "VOICE_KEY": "sesame", "PLAIN_NAME": Self.parameter,
        "NEW_SIGNING_SECRET": Self.rotated,
      ])
  }

  private static func turned(_ character: Character) -> Character {
    guard let byte = character.asciiValue, (97...122).contains(byte) else { return character }
    return Character(UnicodeScalar((byte - 97 + 13) % 26 + 97))
  }

  @Test(arguments: ["text", "--events", "--json"])
  func nothingShowsASecret(_ form: String) async throws {
    let resources: JSONValue = [
      "/v1/hook": [
        "name": "new", "token": .string(Self.token), "secret": "whatever",
        "auth": ["client_secret": .string(Self.nested), "kind": "basic"],
      ]
    ]
    try await TestHTTPServer.run(resources) { server in
      let scene = try await scene(server)
      try await scene.confirm()
      let watch = CommandLines(secrets: Self.secrets)
      let watching = Task.detached { await watch.watch() }
      var outputs: [(String, Scene.Ran)] = []
      func say(_ arguments: String...) async throws {
        outputs.append((arguments.joined(separator: " "), try await scene.begin(arguments).end()))
      }
      try await say("plan", "ROLLBACK.md")
      try await say("plan", "ROLLBACK.md", "--json")
      try await say("convert", "ROLLBACK.md")
      var run = ["run", "ROLLBACK.md", "-y", "--non-interactive"]
      if form != "text" { run.append(form) }
      let ran = try await scene.begin(run).end()
      outputs.append((run.joined(separator: " "), ran))
      #expect(ran.status == 1, "\(ran.all)")
      let states = try await scene.status().steps.filter { $0.value != "proven" && $0.value != "unproven" }
      #expect(states == ["step-4/1": "failed"], "\(states)")
      try await say("status")
      try await say("status", "--json")
      try await say("note", "the key was \(Self.variable) and \(Self.short)")
      try await say("answer", "step-4/1", "skip", "--reason", "it said \(Self.variable)")
      try await say("resume", "--non-interactive")
      try await say("report")
      try await say("report", "--json")
      try await say("history")
      try await say("history", "--json")
      try await say("undo", "--dry-run")
      try await say("undo", "--dry-run", "--json")
      try await say("undo", "-y", "--non-interactive")
      try await say("report")
      watching.cancel()
      await watching.value
      #expect(try server.resource("/v1/hook")?["name"] == "new")
      #expect(scene.read(".env")?.contains("SIGNING_SECRET=\(Self.dotenv)\n") ?? false)
      // Not vacuous: what stands where secrets stood says so, and the statement that failed was kept.
      #expect(outputs.contains { $0.1.out.contains("‹") })
      for (name, secret) in Self.secrets {
        for (kind, bytes) in try Self.forms(of: secret) {
          for (verb, ran) in outputs {
            if let place = Data(ran.all.utf8).range(of: bytes) {
              let around = Data(ran.all.utf8)[
                max(0, place.lowerBound - 60)..<min(ran.all.utf8.count, place.upperBound + 20)]
              Issue.record("\(name) (\(kind)) in the output of \(verb): \(String(decoding: around, as: UTF8.self))")
            }
          }
          for file in try Self.files(below: scene.home) where file.data.range(of: bytes) != nil {
            Issue.record("\(name) (\(kind)) in \(file.path.dropFirst(scene.home.count))")
          }
        }
      }
      #expect(watch.seen.isEmpty, "\(watch.seen)")
      #expect(watch.count > 0)
    }
  }

  private static func files(below folder: String) throws -> [(path: String, data: Data)] {
    let names = try #require(FileManager.default.enumerator(atPath: folder))
    return names.compactMap { name in
      guard let name = name as? String, let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
        return nil
      }
      return ("\(folder)/\(name)", data + Data(name.utf8))
    }
  }
}

/// Reads every process's arguments over and over. `sed` and `bash -c` of the author's own commands show what their
/// author put there; Backout's own processes must not.
private final class CommandLines: Sendable {
  private let secrets: [String: String]
  private let found = Mutex<Set<String>>([])
  private let looks = Mutex(0)

  init(secrets: [String: String]) { self.secrets = secrets }

  var seen: [String] { found.withLock { $0.sorted() } }
  var count: Int { looks.withLock { $0 } }

  func watch() async {
    while !Task.isCancelled {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] where Int32(name) != nil {
        guard let data = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else { continue }
        let line = String(decoding: data, as: UTF8.self)
        // The service that is called knows its own key: it is the test's, not Backout's.
        if line.contains("ThreadingHTTPServer") { continue }
        guard line.contains("backout"), !line.contains("\0note\0"), !line.contains("\0answer\0") else { continue }
        looks.withLock { $0 += 1 }
        for (secret, value) in secrets where line.contains(value) {
          _ = found.withLock { $0.insert("\(secret) in \(line.replacingOccurrences(of: "\0", with: " "))") }
        }
      }
      try? await Task.sleep(for: .milliseconds(3))
    }
  }
}

/// Copies of repository files that a later step executes though an earlier one removes them: they lie plain beside the
/// run while it goes on, for their owner alone, and no longer.
@Suite struct CarriedFileTests {
  private func scene() async throws -> Scene {
    let scene = try await Scene(
      runbook: Scene.runbook("# Back\ngit checkout -q v1\n\n# Tool\nbash tools/go.sh\n\n# Fails\ntest -e never"),
      bindings: "runbooks: { ROLLBACK.md: { carry: [tools] } }\n")
    try await scene.shell(
      "git tag v1 && mkdir tools && echo 'echo went >> went.txt' > tools/go.sh && git add -A && git commit -qm two")
    try await scene.confirm()
    let ran = try await scene.run()
    #expect(ran.status == 1 && scene.read("went.txt") == "went\n", "\(ran.all)")
    return scene
  }

  private func carried(_ scene: Scene) async throws -> [String] {
    try await scene.shell("find $BACKOUT_HOME/runs -path '*/images' -prune -o -path '*/carried*' -printf '%m %y %f\\n'")
      .out
      .split(separator: "\n").map(String.init)
  }

  @Test func theyAreTheOwnersAloneAndGoWithTheRun() async throws {
    let scene = try await scene()
    let found = try await carried(scene)
    #expect(found.contains { $0.hasSuffix("f go.sh") }, "\(found)")
    #expect(found.allSatisfy { $0.hasPrefix("700 d") || $0.hasPrefix("600 f") || $0.hasPrefix("700 f") }, "\(found)")
    #expect(
      try await scene.shell("stat -c %a $BACKOUT_HOME $BACKOUT_HOME/runs $BACKOUT_HOME/runs/*").out == "700\n700\n700\n"
    )
    #expect(try await scene.backout("abort").status == 0)
    #expect(try await carried(scene).isEmpty)
    let undo = try await scene.backout("undo", "-y", "--non-interactive")
    #expect(scene.exists("tools/go.sh"), "\(undo.all)")
    if undo.status == 0 { #expect(try await carried(scene).isEmpty) }
  }
}
