import Testing

@testable import Report

@Suite("The runbook's own template")
struct ReportTemplateTests {
  private let known = ReportTemplate.Known(
    fields: ["date": "2026-11-21", "time": "03:40", "duration": "3 s"], steps: ["git checkout main: proven"],
    affected: "128 rows of dev.calls", lost: "No.")

  private func filled(_ text: String) -> String { ReportTemplate(text: text, known: known).markdown }

  @Test func fillsWhatIsKnownAndLeavesTheRest() {
    #expect(filled("**Date**: [Date] at [Time]") == "**Date**: 2026-11-21 at 03:40")
    #expect(filled("## Root Cause\n[Why it failed]") == "#### Root Cause\n[Why it failed]")
    #expect(filled("- Duration of outage: [Duration]") == "- Duration of outage: [Duration]")
    #expect(filled("- Calls affected: [Number]") == "- Calls affected: 128 rows of dev.calls")
    #expect(filled("- Data lost: [Yes/No + details]") == "- Data lost: No.")
    #expect(filled("see [Date](x) [unclosed") == "see [Date](x) [unclosed")
  }

  @Test func listsTheStepsTaken() {
    #expect(filled("1. [Step 1]\n2. [Step 2]\n...\nend") == "1. git checkout main: proven\nend")
  }

  @Test func wordsSpansAndIds() {
    #expect(ReportWording.span(3_000) == "3 s")
    #expect(ReportWording.span(303_000) == "5 min 3 s")
    #expect(ReportWording.clock(3_723_000) == "1:02:03")
    #expect(ReportWording.ids(["step-6/8", "step-6/9"]) == "step-6/8 to 9")
    #expect(ReportWording.cell("a|b\nc") == "a\\|b c")
    #expect(ReportWording.command(#"python "$BACKOUT_CARRIED/m/1.py" x"#) == "python m/1.py x")
  }
}
