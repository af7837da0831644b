from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from workflow_world import StatedModels, World, face, picture

from dasibom.faceswap.v1.face_swap_service_pb2 import DetectFacesRequest
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitSuperResolutionRequest
from dasibom.superres.v1.super_res_service_pb2 import UpscaleRequest
from dasibom.vqa.v1.vqa_service_pb2 import AnswerRequest
from services.common import imaging
from services.orchestrator.workflows import super_resolution
from services.orchestrator.workflows.context import ModelRefused
from services.orchestrator.workflows.preparation import prepare
from services.orchestrator.workflows.sharpness import difference, enlarge, sharpness
from services.orchestrator.workflows.super_resolution import FAITHFUL, choose

LOW = picture(3)


def request(world: World, **options: object) -> SubmitSuperResolutionRequest:
    return SubmitSuperResolutionRequest(image=world.give("low.png", LOW), **options)  # type: ignore[arg-type]


async def test_every_method_is_compared_with_plain_enlargement() -> None:
    world = World(StatedModels(seen={LOW: {"noise": ("high", "심함", 0.9)}}, faces={LOW: [face(30, 20, 20)]}))
    answer = await super_resolution.run(world, request(world, methods=["alpha", "beta", "alpha"], scale=3))
    result = answer.super_resolution
    assert [item.method for item in result.enhancements] == ["alpha", "beta", "bicubic"]
    assert world.files[result.original] == LOW
    assert {result.final, result.comparison} <= set(world.artifacts)
    assert result.choice_reason in answer.summary
    assert len(result.faces) == 1
    assert result.face_comparison == "comparison_face.png"
    assert result.report == "report.html"
    assert {result.face_comparison, result.report, result.preprocessed} <= set(world.artifacts)
    assert [item.value for item in result.quality if item.topic and item.known] == ["high"]
    assert world.begun == ["collect", "describe", "faces", "preprocess", "enhance", "judge", "report"]
    for item in result.enhancements:
        shown = imaging.decode(world.files[item.image])
        assert (shown.width, shown.height) == (96 * 3, 72 * 3)
        assert item.sharpness > 0


async def test_plain_enlargement_is_not_marked_as_made_by_a_model() -> None:
    world = World(StatedModels())
    result = (await super_resolution.run(world, request(world))).super_resolution
    by_method = {item.method: item for item in result.enhancements}
    assert not world.artifacts[by_method["bicubic"].image].synthetic
    assert not by_method["bicubic"].HasField("model")
    assert world.artifacts[by_method["default-superres"].image].synthetic


async def test_preparation_is_plain_and_models_are_given_the_original() -> None:
    world = World(StatedModels())
    result = (await super_resolution.run(world, request(world, methods=["alpha", "beta"]))).super_resolution
    prepared = world.artifacts[result.preprocessed]
    assert not prepared.synthetic
    assert not prepared.provenance.models
    assert [origin.name for origin in prepared.provenance.origins] == ["low.png"]
    assert np.array_equal(imaging.decode(world.files[result.preprocessed]).pixels, prepare(imaging.decode(LOW).pixels))
    given = [asked.images[0].data if isinstance(asked, AnswerRequest) else asked.image.data for asked in world.asked]  # type: ignore[attr-defined]
    assert set(given) == {LOW}


async def test_quality_ends_with_the_defects_and_what_would_help() -> None:
    world = World(StatedModels(seen={LOW: {"noise": ("high", "심함", 0.9)}}, faces={LOW: [face(30, 20, 20)]}))
    quality = (await super_resolution.run(world, request(world))).super_resolution.quality
    assert [item.label for item in quality[-2:]] == ["주요 결함", "개선할 점"]
    assert "잡음" in quality[-2].text
    assert "얼굴이 작음 (너비 20화소)" in quality[-2].text
    assert quality[-1].text in world.files["report.html"].decode()


@pytest.mark.parametrize("count", range(1, 9))
async def test_the_comparison_shows_every_method_with_its_name(count: int) -> None:
    world = World(StatedModels())
    methods = [f"method-{number}" for number in range(count)]
    result = (await super_resolution.run(world, request(world, methods=methods))).super_resolution
    comparison = world.artifacts[result.comparison]
    shown = [origin.name for origin in comparison.provenance.origins]
    assert shown == ["original_01.png", "preprocessed.png", *(item.image for item in (result.enhancements[-1], *result.enhancements[:-1]))]
    assert comparison.synthetic
    columns, rows = imaging.grid_size(count + 3)
    pixels = imaging.decode(world.files[result.comparison])
    # 4:3 cells of the original's shape, with captions below.
    assert pixels.width == pytest.approx(columns * 900, rel=0.02)
    assert pixels.height > rows * 675


async def test_plain_enlargement_is_chosen_only_when_it_was_asked_for() -> None:
    alone = World(StatedModels())
    result = (await super_resolution.run(alone, request(alone, methods=["bicubic"]))).super_resolution
    assert [item.method for item in result.enhancements] == ["bicubic"]
    assert result.final == "enlarged_bicubic.png"
    assert not [asked for asked in alone.asked if isinstance(asked, UpscaleRequest)]
    assert "하나뿐" in result.choice_reason
    beside = World(StatedModels(refuse_models={"alpha"}))
    answer = await super_resolution.run(beside, request(beside, methods=["alpha", "bicubic"]))
    assert answer.super_resolution.final == "enlarged_bicubic.png"
    assert "alpha" in answer.warnings[0]


async def test_a_picture_too_large_even_for_plain_enlargement_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imaging, "DEFAULT_LIMITS", imaging.Limits(max_pixels=96 * 72))
    world = World(StatedModels())
    with pytest.raises(ModelRefused, match="배율을 줄이십시오") as error:
        await super_resolution.run(world, request(world, methods=["bicubic"]))
    assert error.value.reason == "IMAGE_TOO_MANY_PIXELS"


async def test_a_refused_method_costs_a_warning_that_names_it() -> None:
    world = World(StatedModels(refuse_models={"beta"}))
    answer = await super_resolution.run(world, request(world, methods=["alpha", "beta"]))
    assert [item.method for item in answer.super_resolution.enhancements] == ["alpha", "bicubic"]
    (warning,) = answer.warnings
    assert "beta" in warning


async def test_when_all_methods_are_refused_the_case_fails_with_the_reason() -> None:
    world = World(StatedModels(refuse={UpscaleRequest: "NOT_SUPPORTED_BY_MODEL"}))
    with pytest.raises(ModelRefused):
        await super_resolution.run(world, request(world, methods=["alpha", "beta"]))


async def test_without_analysis_and_faces_the_picture_is_enhanced_all_the_same() -> None:
    refuse = {AnswerRequest: "NOT_SUPPORTED_BY_MODEL", DetectFacesRequest: "NOT_SUPPORTED_BY_MODEL"}
    world = World(StatedModels(refuse=refuse))
    answer = await super_resolution.run(world, request(world))
    assert answer.super_resolution.final in world.artifacts
    assert len(answer.warnings) == 2


def test_sharpness_falls_with_blur_and_ignores_contrast() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
    blurred = enlarge(pixels[::4, ::4], 4)
    assert sharpness(pixels) > sharpness(blurred) > 0
    assert sharpness((pixels // 2).astype(np.uint8)) == pytest.approx(sharpness(pixels), rel=0.1)
    assert sharpness(np.full((20, 20, 3), 90, np.uint8)) == 0


def test_a_plain_enlargement_stays_close_to_its_original() -> None:
    pixels = imaging.decode(LOW).pixels
    assert difference(pixels, enlarge(pixels, 3)) < 2
    assert difference(pixels, 255 - enlarge(pixels, 3)) > FAITHFUL


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 40)), min_size=1))
def test_the_choice_is_the_sharpest_faithful_result_or_else_the_closest(results: list[tuple[float, float]]) -> None:
    chosen = choose(results)
    faithful = [sharp for sharp, strays in results if strays <= FAITHFUL]
    if faithful:
        assert results[chosen][1] <= FAITHFUL
        assert results[chosen][0] == max(faithful)
    else:
        assert results[chosen][1] == min(strays for _, strays in results)
