"""What the scripts in this folder share: a mesh to work with, inputs, results under their former names.

| Module | What it knows |
|---|---|
| `mesh` | the service: the one that `DASIBOM_URL` names, a local one that runs, or one started for this run |
| `jobs` | running a case there, and getting at what it made |
| `inputs` | the pictures that a path, folder, `s3://` or `http(s)://` address names |
| `records` | JSON files about a person |
| `case_id` | ids of runs |
| `output` | where results go: a folder, S3, or both |
| `s3` | the bucket's `cases/` tree |
| `pictures` | pictures as PNG and as `PIL.Image` |
| `lettering` | Korean text on pictures, and the card that stands for a photo that nobody has |
| `page`, `preview` | `final_report.html` and its picture |
| `demo`, `scene` | what the local toolkit's scripts share: cases 1 and 2, case 3 |
| `grid`, `retouch` | pictures beside each other; faces retouched |
| `summary` | `SUMMARY_REPORT.html` |
| `options` | command-line options of the enhanced scripts |
| `console` | closing lines, errors, exit status |
| `settings` | environment variables |

Everything speaks to `dasibom.client`; nothing here imports a service.
"""
