"""What `migrate_data.py` is made of: result trees of the toolkit before this one become jobs of the history.

| Module | What it knows |
|---|---|
| `source` | files at a source: what is asked of a folder or a bucket |
| `folder`, `bucket` | the two kinds of source; both are only read |
| `layouts` | names of the files that each former script wrote |
| `models` | the models that those scripts used |
| `runs` | which files are one run |
| `own` | results that are DasiBom's own |
| `moments` | when a run was |
| `answers` | questions with answers in a text |
| `sections` | headings, lists and frames in a text |
| `findings` | what texts say, as attributes of today |
| `content` | one file of a run: checked, marked, described |
| `results` | what a run found and made, as a `JobResult` |
| `importer` | a run on its way into the history |
| `leavings` | what an importer that was killed left in storage |
| `report` | counts, and every file that was not understood |
"""
