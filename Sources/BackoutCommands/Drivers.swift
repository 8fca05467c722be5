import BackupLayer
import ConfigLayer
import DeclaredLayer
import FilesLayer
import GitLayer
import HTTPLayer
import ImageLayer
import Layer
import ManualLayer
import MessageLayer
import PostgresLayer
import ProcessLayer
import SQLiteLayer
import ScheduleLayer
import SchemaLayer
import ShellLayer

/// The one list of drivers, in the order in which they are asked: what a team declares comes first, the plain shell
/// last.
public let drivers = DriverList([
  DeclaredDriver(),
  GitDriver(),
  BackupDriver(),
  PostgresDriver(),
  SchemaDriver(),
  SQLiteDriver(),
  HTTPDriver(),
  ConfigDriver(),
  FilesDriver(),
  ProcessDriver(),
  ScheduleDriver(),
  MessageDriver(),
  ImageDriver(),
  ManualDriver(),
  ShellDriver(),
])
