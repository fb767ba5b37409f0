"""The reader's engine: what the reader wrote in the exercises, put together, and the course's own for the rest."""

from course.mine.assemble import chapter

__all__ = ["chapter"]
