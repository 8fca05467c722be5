import Runbook
import Testing

@testable import RunbookReading

@Suite struct DeclaredLayerReadingTests {
  @Test func oneTextIsAListOfOne() throws {
    let layers = try BindingsReader.read(
      "layers: { a: { match: x, observe: y }, b: { match: [x, z], file: f, fields: k, wanted: { k: 10 } } }"
    ).layers
    #expect(layers["a"]?.match == ["x"] && layers["a"]?.wanted == nil)
    #expect(layers["b"]?.match == ["x", "z"] && layers["b"]?.fields == ["k"])
    #expect(layers["b"]?.wanted == .fields(["k": 10]))
    let reload = try BindingsReader.read("layers: { a: { match: x, observe: y, wanted: { changed: true } } }")
    #expect(reload.layers["a"]?.wanted == .changed)
  }

  @Test func anUndoMayNameTheStateBefore() throws {
    let undo = "PUT http://f/{x}/{before}"
    let read = try BindingsReader.read(
      "layers: { a: { match: 'PUT http://f/{x}/{on,off}', observe: 'GET http://f/{x}', undo: '\(undo)' } }")
    #expect(read.layers["a"]?.undo == undo)
  }

  @Test(arguments: [
    ("{ observe: y }", "`layers.a` lacks `match`."), ("{ match: [], observe: y }", "`layers.a` lacks `match`."),
    ("{ match: x }", "`layers.a` lacks `observe` or `file`."),
    ("{ match: x, file: f }", "`layers.a` lacks `fields`"),
    ("{ match: x, file: f, fields: k, undo: z }", "`undo` goes with `observe:` only"),
    ("{ match: x, file: f, fields: k, keep: z }", "`keep` goes with `observe:` only"),
    ("{ match: x, file: f, fields: k, wanted: z }", "a mapping of the file's fields"),
    ("{ match: x, observe: y, wanted: { form: z } }", "Did you mean `from`?"),
    ("{ match: x, observe: y, wanted: { changed: false } }", "or `changed: true`"),
    ("{ match: x, observe: y, passes: namespace }", "takes options such as -n= or --wait, not `namespace`"),
    ("{ match: 'POST http://f/{x}/off', observe: y }", "goes with `observe: GET URL`"),
    ("{ match: ['POST http://f/{x}/off', z], observe: GET http://f }", "with no command beside it"),
    ("{ match: POST http://f/off, observe: GET http://f, undo: y }", "goes with `undo: METHOD URL`"),
    ("{ match: 'POST http://f/{x}', observe: 'GET http://f/{y}' }", "`layers.a.observe` has {y}, which `match:`"),
    ("{ match: 'POST http://f/{x}', observe: GET http://f, undo: 'PUT http://f/{was}' }", "has {was}, which `match:`"),
    ("{ match: ['POST http://f/{x}', POST http://f], observe: 'GET http://f/{x}' }", "has {x}, which `match:`"),
    ("{ match: 'POST http://f/{x}', observe: 'GET http://f/{before}' }", "has {before}, which `match:`"),
    ("{ match: POST http://f/off, observe: GET http://f, act: y }", "`act` does not go with a request"),
    ("{ match: POST http://f/off, observe: GET http://f, wanted: { from: y } }", "goes with a text in `wanted:`"),
    ("{ match: x, observe: y, ignore: -w }", "Did you mean `ignores`?"),
  ])
  func saysWhatIsWrong(_ layer: String, _ message: String) throws {
    let error = #expect(throws: BindingsError.self) { try BindingsReader.read("layers: { a: \(layer) }") }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }
}
