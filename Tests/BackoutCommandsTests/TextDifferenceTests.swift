import Testing

@testable import BackoutCommands

struct TextDifferenceTests {
  @Test func hunksHaveTheirLinesAndNumbers() {
    let old = (1...20).map(String.init).joined(separator: "\n")
    let new = old.replacingOccurrences(of: "\n3\n", with: "\nthree\n").replacingOccurrences(of: "\n15\n", with: "\n")
    #expect(
      TextDifference(from: old, to: new, name: "a").text == """
        --- a
        +++ a
        @@ -1,5 +1,5 @@
         1
         2
        -3
        +three
         4
         5
        @@ -13,5 +13,4 @@
         13
         14
        -15
         16
         17
        """)
  }

  @Test func nearChangesShareAHunk() {
    let text = TextDifference(from: "1\n2\n3\n4\n5", to: "1\nb\n3\n4\ne\nf", name: "a").text
    #expect(text == "--- a\n+++ a\n@@ -1,5 +1,6 @@\n 1\n-2\n+b\n 3\n 4\n-5\n+e\n+f")
  }
}
