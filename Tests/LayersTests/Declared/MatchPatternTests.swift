import Layer
import Testing

@Suite struct MatchPatternTests {
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
  /// With options named, they may stand anywhere, and none that is not named.
  @Test func optionsStandAnywhere() throws {
    let pattern = MatchPattern(
      "tool scale web --count={count} --hard", passes: ["-n=", "--namespace=", "-q"], ignores: ["--wait", "--timeout="])
    func match(_ line: String) -> (captures: [String: String], rest: [String])? {
      pattern.match(line.split(separator: " ").map(String.init))
    }
    let found = try #require(match("tool -n prod scale --hard web --timeout 5m --count=3 --wait -q"))
    #expect(found.captures == ["count": "3", "rest": "-n prod -q"])
    #expect(found.rest == ["-n", "prod", "-q"])
    #expect(match("tool scale web --count 3 --hard --namespace=prod")?.rest == ["--namespace=prod"])
    #expect(match("tool scale web --count 3 --hard -nprod")?.rest == ["-nprod"])
    for line in [
      "tool scale web --count=3", "tool scale web --hard", "tool scale web --count=3 --hard --dry-run",
      "tool scale web --count=3 --hard --wait=false", "tool scale web --count=3 --hard -n",
      "tool scale web --count=3 --count=4 --hard", "tool scale db --count=3 --hard",
      "tool scale web x --count=3 --hard",
      "tool scale web --count=3 --hard --", "tool scale web --count= --hard",
    ] { #expect(match(line) == nil, "\(line)") }
  }

  @Test func quotesHoldAWordTogetherAndBracesStandForSeveral() {
    let words = ["echo", "set weight be/a 10", "|", "socat", "-", "/s"]
    let pattern = MatchPattern("echo 'set weight {backend}/{server} {weight}' | socat - {socket}")
    #expect(pattern.match(words)?.captures == ["backend": "be", "server": "a", "weight": "10", "socket": "/s"])
    #expect(pattern.program == "socat")
    #expect(MatchPattern.expanded("a {x,y} {b} {p,}q") == ["a x {b} pq", "a x {b} q", "a y {b} pq", "a y {b} q"])
    #expect(MatchPattern.expanded("jq '{a: {b}}'") == ["jq '{a: {b}}'"])
  }

  @Test func thePatternThatSaysMoreIsMeant() {
    #expect(MatchPattern("a b {x}").weight > MatchPattern("a {longname} {x}").weight)
    #expect(MatchPattern("a {x}%").weight > MatchPattern("a {x}").weight)
    #expect(MatchPattern("a *").weight < MatchPattern("a b").weight)
  }
}
