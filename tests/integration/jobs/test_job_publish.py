from __future__ import annotations

import httpx
import pytest

from services.common.errors import FailedPrecondition, InvalidRequest, NotFound
from services.orchestrator.history import JobNotFound
from services.orchestrator.jobs.publish import Publisher
from services.orchestrator.storage import ObjectNotFound
from tests.integration.jobs.conftest import Orchestrator


async def finished(orchestrator: Orchestrator, **labels: str) -> str:
    job = await orchestrator.submit()
    await orchestrator.runner().run(job.id)
    return job.id


async def test_a_picture_is_published_by_case_id_and_publishing_again_replaces_it(orchestrator: Orchestrator) -> None:
    publisher = Publisher(orchestrator.history, orchestrator.storage, base_url="https://pictures.example/")
    first, second = await finished(orchestrator), await finished(orchestrator)
    published = await publisher.publish(first, case_id="1024", artifact="")
    assert published.url == "https://pictures.example/ai_image/1024.png"
    assert published.expires is None
    assert (await orchestrator.storage.read("ai_image/1024.png")).startswith(b"\x89PNG")
    await publisher.publish(second, case_id="1024", artifact="montage_02.png")
    made = {each.name: each.file for each in await orchestrator.history.artifacts.list(second)}
    file = await orchestrator.history.files.get(made["montage_02.png"])
    assert await orchestrator.storage.read("ai_image/1024.png") == await orchestrator.storage.read(file.storage_key)


async def test_a_published_picture_goes_with_its_job_and_not_with_the_one_before(orchestrator: Orchestrator) -> None:
    publisher = Publisher(orchestrator.history, orchestrator.storage, base_url="https://pictures.example")
    first, second = await finished(orchestrator), await finished(orchestrator)
    for job in (first, second):
        await publisher.publish(job, case_id="7", artifact="")
    await orchestrator.eraser.delete_job(first, actor="a")
    assert await orchestrator.storage.exists("ai_image/7.png")
    await orchestrator.eraser.delete_job(second, actor="a")
    with pytest.raises(ObjectNotFound):
        await orchestrator.storage.read("ai_image/7.png")


async def test_s3_gives_a_signed_address_that_a_browser_can_load_as_a_picture(production_orchestrator: Orchestrator) -> None:
    job = await finished(production_orchestrator)
    published = await Publisher(production_orchestrator.history, production_orchestrator.storage).publish(job, case_id="9", artifact="")
    assert published.expires is not None
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(published.url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")


async def test_a_directory_is_published_through_the_gateway_or_not_at_all(orchestrator: Orchestrator) -> None:
    job = await finished(orchestrator)
    by_gateway = Publisher(orchestrator.history, orchestrator.storage, gateway_url="http://127.0.0.1:8080")
    published = await by_gateway.publish(job, case_id="", artifact="")
    assert published.url.startswith("http://127.0.0.1:8080/api/v1/files/fl_")
    assert published.key == f"ai_image/{job}.png"
    with pytest.raises(FailedPrecondition, match="DASIBOM_PUBLIC_URL"):
        await Publisher(orchestrator.history, orchestrator.storage).publish(job, case_id="", artifact="")


async def test_what_cannot_be_published_is_refused_with_what_can(orchestrator: Orchestrator) -> None:
    publisher = Publisher(orchestrator.history, orchestrator.storage, base_url="https://pictures.example")
    job = await finished(orchestrator)
    with pytest.raises(NotFound, match=r"no artifact 'x\.png'; it has: .*montage_01\.png"):
        await publisher.publish(job, case_id="", artifact="x.png")
    with pytest.raises(InvalidRequest, match="is no picture"):
        await publisher.publish(job, case_id="", artifact="report.html")
    with pytest.raises(JobNotFound):
        await publisher.publish("jb_none", case_id="", artifact="")
    waiting = await orchestrator.submit(shade=20)
    with pytest.raises(FailedPrecondition, match="has not succeeded"):
        await publisher.publish(waiting.id, case_id="", artifact="")
