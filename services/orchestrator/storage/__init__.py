"""Where originals and artifacts are kept, and how pictures from elsewhere come in."""
