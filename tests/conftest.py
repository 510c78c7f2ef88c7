"""What every test shares: the fixtures of `tests.support` and the record of proven requirements."""

from hypothesis import settings

# A busy machine is no fault of what is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

pytest_plugins = [
    "tests.support.databases",
    "tests.support.fixtures",
    "tests.support.folders",
    "tests.support.kafka",
    "tests.support.objects",
    "tests.support.requirements",
]
