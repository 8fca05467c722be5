import Runbook
import Testing

@Suite struct CountedTests {
  @Test func oneIsNotSeveral() {
    #expect([0, 1, 2].map { $0.counted("row") } == ["0 rows", "1 row", "2 rows"])
    #expect([1, 3].map { $0.counted("entry is", "entries are") } == ["1 entry is", "3 entries are"])
  }
}
