"""For teachers: hands the chapters out without solutions, and grades what comes back. See docs/grading.md.

`release` makes what is handed out, `assignment` what nbgrader needs beside it, and `grade` lets nbgrader do its work.
There, `grading` takes the place of running a whole submission: `submission` puts its cells in order, and `apart` judges
each answer in a process of its own. `judging` is the program of that process: `needed` says which statements of the
notebook it runs, `fences` what they may not do, and `seal` whether they have changed what judges them.
"""
