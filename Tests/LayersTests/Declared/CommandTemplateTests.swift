import Layer
import Runbook
import Testing

@Suite struct CommandTemplateTests {
  @Test(arguments: [
    ("get {a}", "x", "get x"),
    ("get {a}", "x y; rm -rf /", "get 'x y; rm -rf /'"),
    ("get \"v {a}\"", "$(boom)", "get \"v \"'$(boom)'\"\""),
    ("get 'v {a}'", "it's", #"get 'v ''it'\''s'''"#),
    ("get \"$(f '{a}' \"{a}\")\"", "x y", #"get "$(f '''x y''' ""'x y'"")""#),
    ("get {other} {.spec}", "x", "get {other} {.spec}"),
    (#"get \"{a}"#, "x y", #"get \"'x y'"#),
  ])
  func aValueIsOneWord(_ text: String, _ value: String, _ command: String) throws {
    #expect(try CommandTemplate(text: text).filled(["a": value]) == command)
  }

  @Test(arguments: ["sh -c 'echo {a}'", "ssh host {a}", "cat <<E\n{a}\nE", "echo `echo {a}`", "eval {a}"])
  func whatAnotherInterpreterReadsMustBePlain(_ text: String) throws {
    #expect(throws: CommandTemplate.UnsafeValue.self) { try CommandTemplate(text: text).filled(["a": "$(boom)"]) }
    #expect(try CommandTemplate(text: text).filled(["a": "1.4"]).contains("1.4"))
  }

  @Test func theRestIsSeveralWords() throws {
    let template = CommandTemplate(text: "get {rest} -o x", rest: ["-n", "my prod"])
    #expect(try template.filled(["rest": "-n my prod"]) == "get '-n' 'my prod' -o x")
    #expect(try CommandTemplate(text: "get {rest} -o x").filled(["rest": ""]) == "get  -o x")
  }

  @Test func matchesWords() throws {
    let pattern = MatchPattern("kubectl set image deployment/{name} {container}={image} *")
    let found = try #require(
      pattern.match(["kubectl", "set", "image", "deployment/web", "app=r/app:1=2", "-n", "prod"]))
    #expect(found.captures == ["name": "web", "container": "app", "image": "r/app:1=2", "rest": "-n prod"])
    #expect(found.rest == ["-n", "prod"])
    #expect(pattern.match(["kubectl", "set", "image", "service/web", "a=b"]) == nil)
    #expect(pattern.match(["kubectl", "set"]) == nil)
    #expect(MatchPattern("a {x} {x}").match(["a", "1", "2"]) == nil)
    #expect(MatchPattern("a {x}").match(["a", ""]) == nil)
    #expect(MatchPattern("a").match(["a", "b"]) == nil)
    #expect(MatchPattern("*").match(["rm", "-rf"]) == nil)
  }
}
