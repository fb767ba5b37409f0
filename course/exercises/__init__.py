"""What each exercise asks: one file for a chapter, one function for an exercise (see `course.checks.exercise`)."""
