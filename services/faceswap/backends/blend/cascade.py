"""One of the boosted cascades that ship with OpenCV."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import cv2
import cv2.data
import numpy as np


class Cascade:
    """A cascade that several threads may ask; OpenCV keeps the picture being searched inside the classifier, so they take turns."""

    def __init__(self, file: str) -> None:
        """Load a cascade by its file name.

        Raises:
            FileNotFoundError: OpenCV was installed without it.
            ValueError: the file is no cascade.
        """
        path = Path(cv2.data.haarcascades) / file
        if not path.is_file():
            raise FileNotFoundError(f"{file} is missing: install opencv-python-headless 4.x, whose wheels hold the cascades")
        self._classifier = cv2.CascadeClassifier(str(path))
        if self._classifier.empty():
            raise ValueError(f"{file} is not a cascade that OpenCV {cv2.__version__} can read")
        self._turn = Lock()

    def find(self, gray: np.ndarray, min_side: int, max_side: int) -> np.ndarray:
        """Windows that pass every stage, N×4 (x, y, width, height), pixels of H×W uint8 `gray`."""
        with self._turn:
            windows = self._classifier.detectMultiScale(gray, 1.05, 2, minSize=(min_side, min_side), maxSize=(max_side, max_side))
        return np.asarray(windows, dtype=np.float64).reshape(-1, 4)

    def find_weighted(self, gray: np.ndarray, min_side: int) -> tuple[np.ndarray, np.ndarray]:
        """Windows that pass, N×4, and by how much each passed the last stage, N."""
        with self._turn:
            windows, _, weights = self._classifier.detectMultiScale3(gray, 1.1, 3, minSize=(min_side, min_side), outputRejectLevels=True)
        return np.asarray(windows, dtype=np.float64).reshape(-1, 4), np.asarray(weights, dtype=np.float64).ravel()
