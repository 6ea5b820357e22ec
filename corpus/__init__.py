"""What taskguard says of real projects, read and judged by people: `python -m corpus`.

No code of these projects is kept here, nothing of them is imported or run. `projects.csv` names them, with the round in which they
were read; `counts.csv` is what is said of each; `verdicts.csv` is what readers thought of it, so that nobody reads it twice.
`fixes.csv` lists commits that mend one mistake each, and whether it is said before and no more after: `python -m corpus fixes FOLDER` runs them again.
"""
