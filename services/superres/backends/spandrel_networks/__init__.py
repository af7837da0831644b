"""Super-resolution networks in the files that their authors published, read with spandrel and run by PyTorch."""
