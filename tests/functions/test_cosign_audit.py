import pytest

from emdia.errors import Halted
from functions.cosign_audit.handler import handle
from tests.fakes.faults import closed
from tests.functions.witness import metrics, wired


@pytest.fixture
def world(monkeypatch):
    with wired(monkeypatch) as made:
        yield made


def test_a_tick_cosigns_what_has_grown(world, capsys):
    worker = world.log.worker()
    for size in (3, 5):
        worker.seal(world.log.facts(size))
        assert handle({}, None) is None
    assert [one.size for one in world.cosigned()] == [3, 8]
    assert metrics(capsys.readouterr().out) == {"CheckpointsCosigned", "LogsWitnessed"}


def test_everything_is_locked_as_long_as_its_log(world):
    world.log.worker().seal(world.log.facts(3))
    handle({}, None)
    locked = {version.until.year for versions in world.own.versions.values() for version in versions}
    assert locked == {2031}


def test_a_fork_rings_and_is_kept(world, capsys):
    world.log.worker().seal(world.log.facts(3))
    handle({}, None)
    world.publish(3, bytes(32))
    handle({}, None)
    assert "CheckpointRefused" in metrics(capsys.readouterr().out)
    assert set(world.evidence()) == {"ours", "theirs"}


def test_when_nothing_answers_the_next_tick_goes_on(world, capsys):
    world.log.worker().seal(world.log.facts(3))
    world.faults.fail("GetObject", error=closed)
    handle({}, None)
    assert metrics(capsys.readouterr().out) == {"CheckpointsCosigned", "TickEndedEarly"}
    handle({}, None)
    assert [one.size for one in world.cosigned()] == [3]


def test_without_its_secret_it_raises(world):
    world.secretsmanager.values.clear()
    with pytest.raises(Halted, match="emdia/test/witness"):
        handle({}, None)
