"""Chapter 15 prints what MNIST gives: where it is not on the machine, its cells must run, but are not compared."""

from course import digits


def pytest_collection_modifyitems(items):
    if not any(path.exists() for path in digits.places()):
        for item in items:
            if item.path.name == "15_mnist.ipynb" and hasattr(item, "options"):
                item.options["check"] = False
