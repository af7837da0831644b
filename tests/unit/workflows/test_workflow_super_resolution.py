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
    assert "comparison_face.png" in world.artifacts
    assert [item.value for item in result.quality if item.known] == ["high"]
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
