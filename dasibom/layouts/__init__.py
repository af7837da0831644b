"""The text files of the toolkit before this one, line for line, filled from today's results.

Every function takes a `JobResult` and gives the whole text of one file; nothing is read or written. Where the former text named the model
that it came from, ours names the model that it comes from.

| File | Function |
|---|---|
| `02_claude_analysis.txt` | `frame_analysis` |
| `bedrock_analysis_report.txt` | `numbered_analysis` |
| `analysis_result.txt`, `enhanced_analysis_result.txt` | `answers`, `enhanced_answers` |
| `01_face_analysis.txt`, `face_analysis.txt` | `face_analysis` |
| `enhanced_case2_summary.txt` | `body_summary` |
| `investigation_report_*.txt`, `bedrock_investigation_report_*.txt` | `investigation_report` |
| `investigation_report_case3.txt` | `clue_report` |
| `03_quality_analysis.txt` | `quality_analysis` |
"""

from dasibom.layouts.case1 import answers, enhanced_answers, frame_analysis, frame_texts, merged_summary, numbered_analysis
from dasibom.layouts.case2 import body_summary, face_analysis
from dasibom.layouts.case3 import investigation_report, report_sections
from dasibom.layouts.clues import ClueLines, clue_groups, clue_report
from dasibom.layouts.findings import Language, finding_lines
from dasibom.layouts.questions import CONTEXT_QUESTIONS, DETAIL_QUESTIONS, MONTAGE_QUESTIONS, NO_ANSWER, AskedQuestion
from dasibom.layouts.super_resolution import quality_analysis

__all__ = [
    "CONTEXT_QUESTIONS",
    "DETAIL_QUESTIONS",
    "MONTAGE_QUESTIONS",
    "NO_ANSWER",
    "AskedQuestion",
    "ClueLines",
    "Language",
    "answers",
    "body_summary",
    "clue_groups",
    "clue_report",
    "enhanced_answers",
    "face_analysis",
    "finding_lines",
    "frame_analysis",
    "frame_texts",
    "investigation_report",
    "merged_summary",
    "numbered_analysis",
    "quality_analysis",
    "report_sections",
]
