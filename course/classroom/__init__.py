"""For teachers: hands the chapters out without solutions, and grades what comes back. See docs/grading.md.

`release` makes what is handed out; `assignment` what nbgrader needs beside it. In nbgrader, `grading` takes the place
of running a whole submission: `apart` judges each answer in a process of its own, which `judging` is the program of,
`needed` says which statements of the notebook it runs, and `fences` what they may not do there.
"""
