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
    #expect(try template.filled(["rest": "-n my prod"]) == "get -n 'my prod' -o x")
    #expect(try CommandTemplate(text: "get {rest} -o x").filled(["rest": ""]) == "get  -o x")
  }

  @Test(arguments: [
    "get {rest} | awk '{ print $1 }'", "x \"$(get {rest} | sed s/a/b/)\"; get {rest}", "awk '{x}' f; get {rest}",
  ])
  func whatAPipeBringsToAnotherProgramIsData(_ text: String) throws {
    let template = CommandTemplate(text: text, rest: ["-n", "my prod"])
    #expect(try template.filled(["rest": "-n my prod"]).contains("get -n 'my prod'") || text.contains("$("))
    #expect(throws: Never.self) { try template.filled(["rest": "-n my prod"]) }
  }

  @Test(arguments: ["awk '$1 == \"{a}\"' f", "get x | sed 's/{a}//'", "get \"$(jq '.{a}' f)\"", "x; awk {a}"])
  func aProgramsOwnTextMustBePlain(_ text: String) throws {
    #expect(throws: CommandTemplate.UnsafeValue.self) { try CommandTemplate(text: text).filled(["a": "x y"]) }
    #expect(try CommandTemplate(text: text).filled(["a": "x1"]).contains("x1"))
  }
}
