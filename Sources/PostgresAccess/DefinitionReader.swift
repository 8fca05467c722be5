import Runbook

/// Reads the statements that change definitions.
enum DefinitionReader {
  static func read(_ node: String, _ value: JSONValue, into statement: inout Statement) {
    statement.kind = .definition
    statement.cascades = value["behavior"]?.stringValue == "DROP_CASCADE"
    statement.isConditional = value["missing_ok"]?.boolValue == true || value["if_not_exists"]?.boolValue == true
    func relation(_ key: String) -> [RelationName] { [StatementReader.relation(value[key])].compactMap { $0 } }
    switch node {
    case "DropStmt": readDrop(value, into: &statement)
    case "AlterTableStmt": readAlter(value, into: &statement)
    case "RenameStmt": readRename(value, into: &statement)
    case "AlterObjectSchemaStmt":
      statement.relations = relation("relation")
      if let name = statement.relations.first, let schema = value["newschema"]?.stringValue, let old = name.schema {
        let kind = objectWord(value["objectType"]?.stringValue)
        let moved = RelationName(schema: schema, name: name.name)
        statement.relations.append(moved)
        statement.inverse = "ALTER \(kind) \(moved.sql) SET SCHEMA \(quoted(identifier: old))"
      } else {
        statement.irreversible = "its former schema is not written in the statement"
      }
    case "CreateStmt", "CreateForeignTableStmt":
      statement.relations = relation("relation")
      statement.creates = true
    case "CreateTableAsStmt":
      statement.relations = [StatementReader.relation(value["into"]?["rel"])].compactMap { $0 }
      statement.creates = true
    case "ViewStmt": statement.relations = relation("view")
    case "CreateSeqStmt":
      statement.relations = relation("sequence")
      statement.creates = true
    case "AlterSeqStmt":
      statement.relations = relation("sequence")
      statement.lost = "the sequence's position stays as it is then"
    case "IndexStmt":
      statement.relations = relation("relation")
      statement.isOutsideTransaction = value["concurrent"]?.boolValue == true
    case "CreateTrigStmt", "CreatePolicyStmt", "AlterPolicyStmt", "RuleStmt":
      statement.relations = relation(value["relation"] != nil ? "relation" : "table")
    case "CommentStmt": readComment(value, into: &statement)
    case "GrantStmt":
      statement.relations = StatementReader.relations(value["objects"])
      if statement.relations.isEmpty || !["OBJECT_TABLE", "OBJECT_SEQUENCE"].contains(value["objtype"]?.stringValue) {
        statement.relations = []
        statement.irreversible = "rights on anything but tables are not kept"
      }
    case "CreateSchemaStmt":
      statement.schema = value["schemaname"]?.stringValue
      statement.creates = true
    case "RefreshMatViewStmt":
      statement.relations = relation("relation")
      statement.isOutsideTransaction = value["concurrent"]?.boolValue == true
      statement.lost = "the view's former rows are not kept; it is computed from its tables"
    case "VacuumStmt", "CreatedbStmt", "DropdbStmt", "AlterSystemStmt", "CreateTableSpaceStmt", "DropTableSpaceStmt":
      statement.kind = .other
      statement.isOutsideTransaction = true
      statement.irreversible = "PostgreSQL runs it outside a transaction: it is not kept"
      if node == "VacuumStmt" { statement.kind = .setting }
    case "ReindexStmt", "ClusterStmt":
      statement.kind = .setting
      statement.isOutsideTransaction = true
    default:
      statement.kind = .other
      statement.irreversible = "nothing here keeps what it changes"
    }
  }

  private static func readDrop(_ value: JSONValue, into statement: inout Statement) {
    let objects = value["objects"]?.arrayValue ?? []
    statement.isOutsideTransaction = value["concurrent"]?.boolValue == true
    switch value["removeType"]?.stringValue {
    case "OBJECT_TABLE", "OBJECT_MATVIEW":
      statement.relations = objects.compactMap { StatementReader.relation(named: StatementReader.name($0)) }
      statement.drops = true
      statement.destroysData = true
      statement.needsWholeTable = true
    case "OBJECT_VIEW", "OBJECT_INDEX", "OBJECT_SEQUENCE":
      statement.relations = objects.compactMap { StatementReader.relation(named: StatementReader.name($0)) }
      statement.drops = true
    case "OBJECT_TRIGGER", "OBJECT_RULE", "OBJECT_POLICY":
      statement.relations = objects.compactMap {
        StatementReader.relation(named: StatementReader.name($0).dropLast().map { $0 })
      }
    case "OBJECT_SCHEMA":
      statement.schema = objects.first?["String"]?["sval"]?.stringValue
      statement.destroysData = true
      if statement.cascades || objects.count != 1 {
        statement.irreversible = "what lies in the schema is not kept: drop its tables by name first"
      }
    default:
      statement.irreversible = "nothing here keeps the definition of such an object"
    }
  }

  private static func readAlter(_ value: JSONValue, into statement: inout Statement) {
    statement.relations = [StatementReader.relation(value["relation"])].compactMap { $0 }
    for command in (value["cmds"]?.arrayValue ?? []).compactMap({ $0["AlterTableCmd"] }) {
      let name = command["name"]?.stringValue
      if command["behavior"]?.stringValue == "DROP_CASCADE" { statement.cascades = true }
      switch command["subtype"]?.stringValue {
      case "AT_DropColumn":
        if let name {
          if command["missing_ok"]?.boolValue != true { statement.namesColumns.append(name) }
          statement.dropsColumns.append(name)
        }
        statement.destroysData = true
        statement.needsWholeTable = true
        statement.lost = "the column comes back as the table's last"
      case "AT_AddColumn":
        if let name = command["def"]?["ColumnDef"]?["colname"]?.stringValue { statement.addsColumns.append(name) }
      case "AT_AlterColumnType":
        if let name {
          statement.namesColumns.append(name)
          statement.dropsColumns.append(name)
          statement.retypesColumns.append(name)
        }
        statement.needsWholeTable = true
      case "AT_SetNotNull":
        if let name {
          statement.namesColumns.append(name)
          statement.setsNotNull.append(name)
        }
      case "AT_DropNotNull", "AT_ColumnDefault": if let name { statement.namesColumns.append(name) }
      case "AT_AttachPartition", "AT_DetachPartition", "AT_AddInherit", "AT_DropInherit", "AT_SetTableSpace",
        "AT_SetLogged", "AT_SetUnLogged", "AT_ClusterOn", "AT_ReplicaIdentity", "AT_SetStatistics", "AT_SetStorage",
        "AT_EnableTrig", "AT_DisableTrig", "AT_EnableTrigAll", "AT_DisableTrigAll", "AT_EnableTrigUser",
        "AT_DisableTrigUser":
        statement.irreversible = "nothing here keeps what this form of ALTER changes"
      default: break
      }
    }
    if let only = statement.lost, statement.irreversible == nil { statement.lost = only }
  }

  private static func readRename(_ value: JSONValue, into statement: inout Statement) {
    guard let relation = StatementReader.relation(value["relation"]), let new = value["newname"]?.stringValue else {
      statement.irreversible = "nothing here names such an object back"
      return
    }
    statement.relations = [relation]
    let renamed = RelationName(schema: relation.schema, name: new)
    switch value["renameType"]?.stringValue {
    case "OBJECT_COLUMN", "OBJECT_ATTRIBUTE":
      let column = value["subname"]?.stringValue ?? ""
      statement.namesColumns = [column]
      statement.inverse =
        "ALTER \(objectWord(value["relationType"]?.stringValue)) \(relation.sql) RENAME COLUMN"
        + " \(quoted(identifier: new)) TO \(quoted(identifier: column))"
    case "OBJECT_TABCONSTRAINT":
      let constraint = value["subname"]?.stringValue ?? ""
      statement.inverse =
        "ALTER TABLE \(relation.sql) RENAME CONSTRAINT \(quoted(identifier: new)) TO \(quoted(identifier: constraint))"
    case "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_INDEX", "OBJECT_SEQUENCE", "OBJECT_MATVIEW":
      statement.relations.append(renamed)
      statement.inverse =
        "ALTER \(objectWord(value["renameType"]?.stringValue)) \(renamed.sql) RENAME TO \(quoted(identifier: relation.name))"
    default: statement.irreversible = "nothing here names such an object back"
    }
  }

  private static func readComment(_ value: JSONValue, into statement: inout Statement) {
    let name = StatementReader.name(value["object"])
    switch value["objtype"]?.stringValue {
    case "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_INDEX":
      statement.relations = [StatementReader.relation(named: name)].compactMap { $0 }
    case "OBJECT_COLUMN":
      statement.relations = [StatementReader.relation(named: name.dropLast().map { $0 })].compactMap { $0 }
    default: statement.irreversible = "comments on anything but tables and columns are not kept"
    }
  }

  private static func objectWord(_ type: String?) -> String {
    switch type {
    case "OBJECT_VIEW": "VIEW"
    case "OBJECT_MATVIEW": "MATERIALIZED VIEW"
    case "OBJECT_INDEX": "INDEX"
    case "OBJECT_SEQUENCE": "SEQUENCE"
    default: "TABLE"
    }
  }
}
