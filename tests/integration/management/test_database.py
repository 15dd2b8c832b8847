"""Before a command's work: a database that is up to date is passed on, another one refused."""

import pytest
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from management.database import migrations_on_disk, prepare_database
from management.errors import CommandStopped

pytestmark = pytest.mark.django_db


def test_what_has_every_migration_is_not_set_up_again() -> None:
    assert not prepare_database()


def test_what_lacks_one_is_refused() -> None:
    MigrationRecorder.Migration.objects.filter(app="sync").latest("id").delete()
    with pytest.raises(CommandStopped) as refusal:
        prepare_database()
    assert refusal.value.report.code == "database_outdated"


def test_migrations_are_known_by_their_names_without_being_loaded() -> None:
    assert set(migrations_on_disk()) == set(MigrationLoader(None).disk_migrations)
