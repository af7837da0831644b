"""Compile protos/ to Python stubs, type stubs and one descriptor set.

Writes `dasibom/<area>/v1/`, `buf/validate/` (which the stubs import) and `build/descriptors.binpb`: all files with imports and comments,
from which Envoy transcodes, buf lints and the OpenAPI document is made.

`buf/validate/validate.proto` is on no package index as text; the protovalidate package carries its compiled descriptor.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from google.protobuf import descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
DESCRIPTORS = ROOT / "build" / "descriptors.binpb"
# No message of ours uses them, but the gateway needs them to write the details of errors as JSON.
ERROR_DETAILS = "google/rpc/error_details.proto"


def validate_descriptors() -> descriptor_pb2.FileDescriptorSet:
    """`buf/validate/validate.proto` with everything that it imports."""
    from protovalidate._gen.buf.validate import validate_pb

    descriptors = descriptor_pb2.FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2):
        module.DESCRIPTOR.CopyToProto(descriptors.file.add())
    descriptors.file.add().ParseFromString(validate_pb._DESC.proto.to_binary())
    return descriptors


def run_protoc(*arguments: str) -> None:
    """Run protoc, and end the program when it fails."""
    plugins = Path(sys.executable).parent
    # protoc finds its plugins on PATH, where a virtual environment that is not activated is not.
    options = [f"--plugin=protoc-gen-{name}={plugins / f'protoc-gen-{name}'}" for name in ("mypy", "mypy_grpc")]
    if protoc.main(["protoc", *options, *arguments]) != 0:
        sys.exit(f"protoc failed: {' '.join(arguments)}")


def includes(protos: Path) -> list[str]:
    """Where protoc finds our files and those of Google."""
    google = next(iter(find_spec("google.api").submodule_search_locations))  # type: ignore[union-attr, arg-type]
    bundled = next(iter(find_spec("grpc_tools").submodule_search_locations))  # type: ignore[union-attr, arg-type]
    return [f"-I{protos}", f"-I{Path(google).parent.parent}", f"-I{bundled}/_proto"]


def write_descriptors(protos: Path, output: Path) -> list[str]:
    """Compile a folder of protos to one descriptor set; gives the files' names."""
    sources = sorted(str(path.relative_to(protos)) for path in protos.rglob("*.proto"))
    with tempfile.TemporaryDirectory() as scratch:
        validate = Path(scratch) / "validate.binpb"
        validate.write_bytes(validate_descriptors().SerializeToString())
        run_protoc(
            f"--descriptor_set_in={validate}",
            *includes(protos),
            "--include_imports",
            "--include_source_info",
            f"--descriptor_set_out={output}",
            *sources,
            ERROR_DETAILS,
        )
    return sources


def main() -> None:
    """Compile everything anew."""
    DESCRIPTORS.parent.mkdir(exist_ok=True)
    # make takes the descriptors for a sign that everything is compiled, so they get their name last, even when this is interrupted.
    fresh = DESCRIPTORS.with_suffix(".new")
    sources = write_descriptors(PROTOS, fresh)
    areas = {ROOT / Path(source).parent for source in sources}
    for area in areas:
        shutil.rmtree(area, ignore_errors=True)
    known = f"--descriptor_set_in={fresh}"
    run_protoc(known, f"--python_out={ROOT}", f"--mypy_out=quiet:{ROOT}", "buf/validate/validate.proto")
    outputs = [f"--{kind}_out={'quiet:' if 'mypy' in kind else ''}{ROOT}" for kind in ("python", "grpc_python", "mypy", "mypy_grpc")]
    run_protoc(known, *outputs, *sources)
    for package in {ROOT / "buf", ROOT / "buf" / "validate", *areas, *(area.parent for area in areas)}:
        (package / "__init__.py").touch()
        (package / "py.typed").touch()
    fresh.replace(DESCRIPTORS)


if __name__ == "__main__":
    main()
