/// One part of a relation's definition, with the statements that make and remove it. Definitions are compared, kept
/// and put back by piece, as rows are by key.
struct DefinitionPiece: Codable, Hashable, Sendable {
  /// `dev.calls`
  var relation: String
  /// `column call_sid`, `constraint calls_pkey`
  var name: String
  var create: String
  var drop: String
  /// The order in which pieces are made; they are removed in the opposite one.
  var rank: Int
  /// Where a piece of this name is there already in another form, how it becomes this one. Nil: drop and create.
  var alter: String?

  var id: String { "\(relation) \(name)" }
}
