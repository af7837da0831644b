"""The model pool: one load for all, never more memory than allowed, never a model taken from under a call."""

import asyncio
import random
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.common.backend import ModelSpec, OutOfMemory
from services.common.errors import Draining, ServiceError, Unavailable
from services.common.model_pool import (
    LicenceNotAccepted,
    ModelBusy,
    ModelLoadFailed,
    ModelPool,
    ModelState,
    ModelStatus,
    ModelUnusable,
    NoDeviceMemory,
    OutOfMemoryBudget,
    UnknownModel,
)
from services.common.weights import WeightsMissing

PATIENCE = 30.0  # seconds; a test that waits this long has failed
MIB = 2**20
UNEXPECTED = "a could not be loaded: an unexpected {}; the log of the service says more"


def spec_of(name: str, mib: int = 100, *, licence: str = "MIT", commercial_use: bool = True) -> ModelSpec:
    return ModelSpec(name=name, backend="b", revision="1", licence=licence, commercial_use=commercial_use, memory_bytes=mib * MIB)


class Machine:
    """Makes backends and keeps the account that the pool has to keep within: what is in memory, and what was done in which order."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.resident: set[str] = set()
        self.most_resident = 0
        self.overlaps = 0
        self.failures: dict[str, Exception] = {}
        self.gate = threading.Event()
        self.gate.set()
        self.busy = threading.Lock()

    def create(self, spec: ModelSpec) -> "Engine":
        return Engine(spec, self)


class Engine:
    device = "cuda:0"

    def __init__(self, spec: ModelSpec, machine: Machine) -> None:
        self.spec = spec
        self.machine = machine

    def load(self) -> None:
        machine, name = self.machine, self.spec.name
        if not machine.busy.acquire(blocking=False):
            machine.overlaps += 1
            return
        with_failure = machine.failures.get(name)
        machine.log.append(f"load {name}")
        try:
            assert machine.gate.wait(PATIENCE)
            if with_failure is not None:
                raise with_failure
            assert name not in machine.resident, "loaded twice"
            machine.resident.add(name)
            machine.most_resident = max(machine.most_resident, len(machine.resident))
        finally:
            machine.busy.release()

    def unload(self) -> None:
        self.machine.log.append(f"unload {self.spec.name}")
        self.machine.resident.remove(self.spec.name)


@pytest.fixture
def machine() -> Machine:
    return Machine()


Make = Callable[..., ModelPool]


@pytest.fixture
async def make(machine: Machine) -> AsyncIterator[Make]:
    pools: list[ModelPool] = []

    def make(*specs: ModelSpec, **options: Any) -> ModelPool:
        pools.append(ModelPool(specs, machine.create, **{"default": specs[0].name, **options}))
        return pools[-1]

    yield make
    machine.gate.set()
    for pool in pools:
        await pool.close(grace=0)


def state_of(pool: ModelPool, name: str) -> ModelState:
    return next(state for state in pool.states() if state.spec.name == name)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)


async def test_nothing_is_loaded_before_its_first_use(make: Make, machine: Machine) -> None:
    pool = make(spec_of("a"), spec_of("b"), default="b")
    assert machine.log == []
    assert [(state.spec.name, state.is_default, state.status) for state in pool.states()] == [
        ("b", True, ModelStatus.UNLOADED),
        ("a", False, ModelStatus.UNLOADED),
    ]
    async with pool.use("a") as backend:
        assert backend.spec.name == "a"
        state = state_of(pool, "a")
        assert (state.status, state.device, state.memory_bytes, state.in_use) == (ModelStatus.READY, "cuda:0", 100 * MIB, 1)
    async with pool.use() as default:
        assert default.spec.name == "b"
    assert machine.log == ["load a", "load b"]
    assert state_of(pool, "a").in_use == 0


async def test_a_hundred_callers_at_once_share_one_load(make: Make, machine: Machine) -> None:
    pool = make(spec_of("a"))
    machine.gate.clear()
    backends: list[object] = []

    async def call() -> None:
        async with pool.use("a") as backend:
            backends.append(backend)

    calls = [asyncio.create_task(call()) for _ in range(100)]
    await until(lambda: machine.log == ["load a"])
    state = state_of(pool, "a")
    assert (state.status, state.in_use) == (ModelStatus.LOADING, 100)
    machine.gate.set()
    await asyncio.gather(*calls)
    assert machine.log == ["load a"]
    assert len(backends) == 100
    assert len(set(map(id, backends))) == 1


async def test_a_caller_who_leaves_during_a_load_does_not_stop_it_for_the_others(make: Make, machine: Machine) -> None:
    pool = make(spec_of("a"))
    machine.gate.clear()
    leaver, stayer = asyncio.create_task(pool.load("a")), asyncio.create_task(pool.load("a"))
    await until(lambda: machine.log == ["load a"])
    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    machine.gate.set()
    await stayer
    assert state_of(pool, "a").status is ModelStatus.READY
    assert state_of(pool, "a").in_use == 0


async def test_the_least_recently_used_idle_model_makes_room(make: Make, machine: Machine) -> None:
    pool = make(*(spec_of(name) for name in "abcd"), memory_budget_bytes=300 * MIB)
    for name in "abcab":
        await pool.load(name)
    await pool.load("d")
    assert machine.log == ["load a", "load b", "load c", "unload c", "load d"]
    assert machine.resident == {"a", "b", "d"}
    assert state_of(pool, "c").status is ModelStatus.UNLOADED
    assert state_of(pool, "c").memory_bytes == 0


async def test_a_model_in_use_stays_even_when_it_is_the_least_recently_used(make: Make, machine: Machine) -> None:
    pool = make(*(spec_of(name) for name in "abc"), memory_budget_bytes=200 * MIB)
    async with pool.use("a"):
        await pool.load("b")
        await pool.load("c")
        assert machine.resident == {"a", "c"}


async def test_a_budget_that_cannot_be_met_says_what_is_loaded_and_unloads_nothing_in_vain(make: Make, machine: Machine) -> None:
    pool = make(spec_of("a"), spec_of("b"), spec_of("big", 250), spec_of("huge", 500), memory_budget_bytes=300 * MIB)
    await pool.load("b")
    async with pool.use("a"):
        with pytest.raises(OutOfMemoryBudget) as error:
            await pool.load("big")
        assert str(error.value) == "big needs 250 MiB of a budget of 300 MiB; loaded: a (100 MiB, in use by 1), b (100 MiB, in use by 0)"
        assert error.value.code == "RESOURCE_EXHAUSTED"
        assert error.value.retry_after is not None
        assert machine.resident == {"a", "b"}
    await pool.load("big")
    assert machine.resident == {"big"}
    with pytest.raises(OutOfMemoryBudget, match="huge needs 500 MiB of a budget of 300 MiB") as hopeless:
        await pool.load("huge")
    assert hopeless.value.retry_after is None, "no later try can help"
    assert state_of(pool, "huge").status is ModelStatus.UNLOADED


async def test_an_idle_model_is_unloaded_after_its_time_and_not_while_in_use(make: Make, machine: Machine) -> None:
    pool = make(spec_of("a"), spec_of("b"), idle_seconds=0.05)
    async with pool.use("a"):
        await pool.load("b")
        await until(lambda: state_of(pool, "b").status is ModelStatus.UNLOADED)
        await asyncio.sleep(0.15)
        assert "unload a" not in machine.log
        left = time.monotonic()
    await until(lambda: machine.resident == set())
    assert time.monotonic() - left >= 0.05
    await pool.load("a")
    assert machine.log == ["load a", "load b", "unload b", "unload a", "load a"]


async def test_a_use_in_between_starts_the_idle_time_anew(make: Make, machine: Machine) -> None:
    pool = make(spec_of("a"), idle_seconds=0.5)
    first = time.monotonic()
    while (used := time.monotonic()) - first < 0.7:
        await pool.load("a")
        await asyncio.sleep(0.02)
    await until(lambda: "unload a" in machine.log)
    assert machine.log == ["load a", "unload a"]
    assert time.monotonic() - used >= 0.4


async def test_a_use_while_the_idle_unload_waits_for_its_turn_starts_the_idle_time_anew(make: Make, machine: Machine) -> None:
    pool = make(spec_of("a"), spec_of("b"), idle_seconds=0.3)
    await pool.load("a")
    machine.gate.clear()
    load = asyncio.create_task(pool.load("b"))
    await asyncio.sleep(0.4)
    used = time.monotonic()
    await pool.load("a")
    machine.gate.set()
    await load
    await until(lambda: "unload a" in machine.log)
    assert time.monotonic() - used >= 0.25
    assert machine.log.count("load a") == 1


async def test_without_an_idle_time_models_stay(make: Make, machine: Machine) -> None:
    pool = make(spec_of("a"))
    await pool.load("a")
    await asyncio.sleep(0.1)
    assert machine.resident == {"a"}


async def test_a_failed_load_says_why_and_is_tried_again_after_a_back_off(make: Make, machine: Machine) -> None:
    pool = make(spec_of("a"), backoff_seconds=0.1)
    machine.failures["a"] = WeightsMissing("a: model.onnx is not in the weights directory")
    with pytest.raises(ModelUnusable, match=r"a cannot be loaded: a: model\.onnx is not in the weights directory") as error:
        await pool.load("a")
    assert error.value.code == "FAILED_PRECONDITION"
    state = state_of(pool, "a")
    assert (state.status, state.memory_bytes, state.device, state.in_use) == (ModelStatus.FAILED, 0, "", 0)
    assert "model.onnx is not in the weights directory" in state.failure

    del machine.failures["a"]
    failed = time.monotonic()
    while state_of(pool, "a").status is ModelStatus.FAILED:
        try:
            async with pool.use("a"):
                assert time.monotonic() - failed >= 0.05
        except ModelUnusable as again:
            assert 0 < (again.retry_after or 0) <= 0.1  # noqa: PT017
            await asyncio.sleep(again.retry_after or 0)
    assert machine.log == ["load a"] * 2, "during the back-off nothing is loaded"
    assert state_of(pool, "a").failure == ""


async def test_the_back_off_doubles_and_an_operators_load_does_not_heed_it(make: Make, machine: Machine) -> None:
    pool = make(spec_of("a"), backoff_seconds=100)
    machine.failures["a"] = RuntimeError("secret detail of the driver")
    for expected in (100, 200, 300, 300):
        with pytest.raises(ModelLoadFailed) as error:
            await pool.load("a")
        assert error.value.retry_after == expected
    assert machine.log == ["load a"] * 4
    with pytest.raises(ModelLoadFailed):
        async with pool.use("a"):
            pass
    assert machine.log == ["load a"] * 4
    await pool.unload("a")
    assert state_of(pool, "a").status is ModelStatus.UNLOADED, "unloading forgets the failure"
    del machine.failures["a"]
    async with pool.use("a"):
        assert machine.resident == {"a"}


@pytest.mark.parametrize(
    ("failure", "expected", "message"),
    [
        (
            RuntimeError("/srv/secret"),
            ModelLoadFailed,
            UNEXPECTED.format("RuntimeError"),
        ),
        (StopIteration(), ModelLoadFailed, UNEXPECTED.format("StopIteration")),
        (Unavailable("the model server is away"), ModelLoadFailed, "a could not be loaded: the model server is away"),
        (OutOfMemory("unload another model"), NoDeviceMemory, "a could not be loaded: unload another model"),
        (ValueError("model.onnx: wrong"), ModelUnusable, "a cannot be loaded: model.onnx: wrong"),
        (ModuleNotFoundError("...", name="torch"), ModelUnusable, "a cannot be loaded: the package torch is not installed"),
        (ImportError("/srv/secret/x.py is broken"), ModelLoadFailed, UNEXPECTED.format("ImportError")),
        (FileNotFoundError(2, "No such file", "/srv/secret"), ModelLoadFailed, UNEXPECTED.format("FileNotFoundError")),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_every_caller_learns_why_a_load_failed_and_nothing_internal(
    make: Make, machine: Machine, failure: Exception, expected: type[ServiceError], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    pool = make(spec_of("a"))
    machine.failures["a"] = failure
    outcomes = await asyncio.gather(*(pool.load("a") for _ in range(10)), return_exceptions=True)
    assert {(type(outcome), str(outcome)) for outcome in outcomes} == {(expected, message)}
    assert len({id(outcome) for outcome in outcomes}) == 10, "a traceback of one's own for everybody"
    assert machine.log == ["load a"]
    assert ("a could not be loaded" in caplog.text) == (expected is ModelLoadFailed)


async def test_a_failed_load_gives_its_memory_back_to_the_budget(make: Make, machine: Machine) -> None:
    pool = make(spec_of("a"), spec_of("b"), memory_budget_bytes=100 * MIB)
    machine.failures["a"] = ValueError("broken")
    with pytest.raises(ModelUnusable):
        await pool.load("a")
    await pool.load("b")
    assert machine.resident == {"b"}


async def test_a_model_in_use_or_on_its_way_cannot_be_unloaded(make: Make, machine: Machine) -> None:
    pool = make(spec_of("a"))
    await pool.unload("a")
    async with pool.use("a"):
        with pytest.raises(ModelBusy, match="a is in use; unload it") as error:
            await pool.unload("a")
        assert error.value.code == "FAILED_PRECONDITION"
        assert machine.resident == {"a"}
    await pool.unload()
    await pool.unload("a")
    assert machine.log == ["load a", "unload a"]
    machine.gate.clear()
    load = asyncio.create_task(pool.load("a"))
    await until(lambda: state_of(pool, "a").status is ModelStatus.LOADING)
    with pytest.raises(ModelBusy):
        await pool.unload("a")
    machine.gate.set()
    await load


async def test_a_use_that_comes_during_an_unload_waits_and_loads_anew(machine: Machine) -> None:
    unloading, gate = threading.Event(), threading.Event()

    class Slow(Engine):
        def unload(self) -> None:
            unloading.set()
            assert gate.wait(PATIENCE)
            super().unload()

    pool = ModelPool([spec_of("a")], lambda spec: Slow(spec, machine), default="a")
    await pool.load("a")
    unload = asyncio.create_task(pool.unload("a"))
    assert await asyncio.to_thread(unloading.wait, PATIENCE)
    load = asyncio.create_task(pool.load("a"))
    unload.cancel()
    await asyncio.sleep(0.02)
    assert machine.log == ["load a"]
    gate.set()
    await load
    assert machine.log == ["load a", "unload a", "load a"]
    await pool.close()


async def test_an_unload_that_fails_is_logged_and_the_model_can_be_loaded_again(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    class Stubborn(Engine):
        def unload(self) -> None:
            super().unload()
            raise OSError("the driver is gone")

    pool = ModelPool([spec_of("a")], lambda spec: Stubborn(spec, machine), default="a")
    await pool.load("a")
    await pool.unload("a")
    assert "a did not unload cleanly" in caplog.text
    assert state_of(pool, "a").status is ModelStatus.UNLOADED
    await pool.load("a")
    assert machine.resident == {"a"}
    await pool.close()


async def test_a_licence_without_commercial_use_is_refused_until_the_setting_names_it(make: Make, machine: Machine) -> None:
    free, research = spec_of("free"), spec_of("research", licence="CC-BY-NC-4.0", commercial_use=False)
    pool = make(free, research, licence_setting="DASIBOM_X_LICENCES")
    reason = "the licence of research, CC-BY-NC-4.0, does not allow commercial use; to accept it, name it in DASIBOM_X_LICENCES"
    for attempt in (pool.load("research"), pool.use("research").__aenter__()):
        with pytest.raises(LicenceNotAccepted) as error:
            await attempt
        assert str(error.value) == reason
    assert state_of(pool, "research").failure == reason
    assert state_of(pool, "free").failure == ""
    await pool.load("free")
    assert machine.log == ["load free"]

    accepting = make(free, research, accepted_licences=["CC-BY-NC-4.0"])
    await accepting.load("research")
    with pytest.raises(LicenceNotAccepted, match="the licence of free, MIT, is not among the accepted ones"):
        await accepting.load("free")


async def test_an_unknown_model_is_answered_with_the_known_ones(make: Make) -> None:
    pool = make(spec_of("a"), spec_of("b"))
    assert pool.resolve("").name == "a"
    assert pool.resolve("b").name == "b"
    with pytest.raises(UnknownModel, match="there is no model 'c'; there are: a, b") as error:
        pool.resolve("c")
    assert error.value.code == "NOT_FOUND"
    for attempt in (pool.load("c"), pool.unload("c")):
        with pytest.raises(UnknownModel):
            await attempt
    with pytest.raises(ValueError, match="the default model 'c' is none of: a"):
        make(spec_of("a"), default="c")


async def test_changes_are_told_in_order_with_their_times(make: Make, machine: Machine) -> None:
    seen: list[ModelState] = []
    pool = make(spec_of("a"), on_change=seen.append, service="pool-test")
    loaded = lambda: REGISTRY.get_sample_value("dasibom_loaded_models", {"service": "pool-test"})  # noqa: E731
    await pool.load("a")
    assert loaded() == 1
    assert REGISTRY.get_sample_value("dasibom_model_load_seconds_count", {"service": "pool-test", "model": "a"}) == 1
    await pool.unload("a")
    assert loaded() == 0
    machine.failures["a"] = ValueError("broken")
    with pytest.raises(ModelUnusable):
        await pool.load("a")
    assert [state.status.value for state in seen] == ["loading", "ready", "unloaded", "loading", "failed"]
    assert [state.since for state in seen] == sorted(state.since for state in seen)
    assert seen[-1].failure == "a cannot be loaded: broken"
    assert seen[0].since.tzinfo is not None


async def test_closing_waits_for_uses_unloads_everything_and_refuses_what_comes_later(make: Make, machine: Machine) -> None:
    pool = make(spec_of("a"), spec_of("b"))
    await pool.load("b")
    async with pool.use("a"):
        closing = asyncio.create_task(pool.close(grace=PATIENCE))
        await asyncio.sleep(0.02)
        assert machine.resident == {"a", "b"}
        with pytest.raises(Draining):
            await pool.load("b")
    await closing
    assert machine.resident == set()


async def test_closing_never_takes_a_model_from_under_a_call(make: Make, machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    pool = make(spec_of("a"), spec_of("b"))
    await pool.load("b")
    async with pool.use("a"):
        await pool.close(grace=0.01)
        assert machine.resident == {"a"}
    assert "a is still in use and stays in memory" in caplog.text


@pytest.mark.parametrize("seed", range(3))
async def test_under_chance_the_budget_holds_and_nobody_has_a_model_that_is_not_loaded(seed: int, make: Make, machine: Machine) -> None:
    chance = random.Random(seed)
    names = "abcde"
    pool = make(*(spec_of(name) for name in names), memory_budget_bytes=300 * MIB, idle_seconds=0.004, backoff_seconds=0.001)
    outcomes: list[str] = []

    async def call(name: str) -> None:
        try:
            async with pool.use(name) as backend:
                assert backend.spec.name == name
                for _ in range(chance.randrange(3)):
                    assert name in machine.resident, "unloaded while in use"
                    await asyncio.sleep(chance.choice([0, 0.001, 0.003]))
                assert name in machine.resident, "unloaded while in use"
                outcomes.append("served")
        except ServiceError as error:
            outcomes.append(error.reason)

    async def unload(name: str) -> None:
        try:
            await pool.unload(name)
        except ModelBusy as error:
            outcomes.append(error.reason)

    tasks: list[asyncio.Task[None]] = []
    leavers: list[asyncio.Task[None]] = []
    for _ in range(600):
        tasks.append(asyncio.create_task((unload if chance.random() < 0.1 else call)(chance.choice(names))))
        if chance.random() < 0.1:
            leavers.append(tasks[-1])
            asyncio.get_running_loop().call_later(chance.choice([0, 0.002]), tasks[-1].cancel)
        if chance.random() < 0.05:
            machine.failures = {chance.choice(names): ValueError("broken")} if chance.random() < 0.5 else {}
        if chance.random() < 0.5:
            await asyncio.sleep(chance.choice([0, 0.001, 0.006]))
    async with asyncio.timeout(PATIENCE):
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(result is None or isinstance(result, asyncio.CancelledError) for result in results), results
    assert machine.overlaps == 0
    assert machine.most_resident <= 3
    assert {"served", "OUT_OF_MEMORY_BUDGET"} <= set(outcomes) <= {"served", "OUT_OF_MEMORY_BUDGET", "MODEL_UNUSABLE", "MODEL_BUSY"}
    assert all(state.in_use == 0 for state in pool.states())
    await until(lambda: machine.resident == set())
    assert sum(state.memory_bytes for state in pool.states()) == 0


async def test_what_a_weight_check_said_is_told_as_the_cause(make: Make, machine: Machine) -> None:
    machine.failures["a"] = WeightsMissing("a.onnx is not there")
    with pytest.raises(ModelUnusable) as error:
        await make(spec_of("a")).load("a")
    assert error.value.metadata["cause"] == "WEIGHTS_MISSING"
