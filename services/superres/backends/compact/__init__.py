"""The project's own small super-resolution network, run by ONNX Runtime on CPU."""
