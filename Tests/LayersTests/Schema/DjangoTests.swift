import BackoutTestKit
import Foundation
import Layer
import Runbook
import SchemaLayer
import Testing

@Suite(
  .enabled(
    if: TestPostgres.isAvailable
      && FileManager.default.fileExists(atPath: "/usr/lib/python3/dist-packages/django/__init__.py"),
    "Django or PostgreSQL's server programs are not here"))
struct DjangoTests {
  let driver = SchemaDriver()

  private static let files = [
    "manage.py": """
    import os, sys
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    execute_from_command_line(sys.argv)

    """,
    "settings.py": """
    import os

    SECRET_KEY = "none"
    INSTALLED_APPS = ["shop"]
    USE_TZ = True
    DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
    DATABASES = {"default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": "@NAME@", "USER": "postgres", "HOST": "127.0.0.1",
        "PORT": "@PORT@", "PASSWORD": os.environ["PGPASSWORD"]}}

    """,
    "shop/__init__.py": "",
    "shop/models.py": """
    from django.db import models


    class Order(models.Model):
        title = models.CharField(max_length=50)
        sid = models.CharField(max_length=50, null=True)

    """,
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """
    from django.db import migrations, models


    class Migration(migrations.Migration):
        initial = True
        dependencies = []
        operations = [migrations.CreateModel(name="Order", fields=[
            ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("title", models.CharField(max_length=50))])]

    """,
    "shop/migrations/0002_order_sid.py": """
    from django.db import migrations, models


    class Migration(migrations.Migration):
        dependencies = [("shop", "0001_initial")]
        operations = [migrations.AddField("Order", "sid", models.CharField(max_length=50, null=True))]

    """,
    "shop/migrations/0003_fill.py": """
    from django.db import migrations


    def fill(apps, schema_editor):
        apps.get_model("shop", "Order").objects.filter(sid=None).update(sid="filled")


    class Migration(migrations.Migration):
        dependencies = [("shop", "0002_order_sid")]
        operations = [migrations.RunPython(fill)]

    """,
  ]

  @Test func aMigrationGoesBackAndItsColumnComesBack() async throws {
    let world = try await MigrationWorld(Self.files)
    defer { world.end() }
    try await world.run("python3", "manage.py", "migrate", "shop", "0002")
    try await world.database.run("INSERT INTO shop_order (title, sid) VALUES ('a', 'one'), ('b', NULL), ('c', 'three')")
    let report = try await exerciseDriver(
      driver,
      world.scenario(
        "migrate back", "python3 manage.py migrate shop 0001", disturb: "DELETE FROM shop_order WHERE title = 'c'",
        survives: "SELECT count(*) = 2 FROM shop_order"))
    #expect(report.violations == [])
    #expect(try await world.database.run("SELECT string_agg(sid, ',' ORDER BY id) FROM shop_order") == "one")
  }

  @Test func whatDjangoCannotTakeBackIsSaid() async throws {
    let world = try await MigrationWorld(Self.files)
    defer { world.end() }
    try await world.run("python3", "manage.py", "migrate")
    func codes(_ command: String) async throws -> [String] {
      let effect = try #require(driver.recognise(MigrationWorld.action(command), in: world.environment.context))
      let before = try await driver.observe(effect, in: world.environment)
      #expect(before.summary == "revision shop.0003_fill")
      return try await driver.forecast(effect, before: before, in: world.environment).problems.map(\.code)
    }
    #expect(try await codes("python3 manage.py migrate shop 0001").contains("not-reversible"))
    #expect(try await codes("python3 manage.py migrate shop 0009").contains("target-unknown"))
    #expect(try await codes("python3 manage.py migrate shop 0003").contains("already-there"))
  }
}
