"""What all tests share: properties are asked with the same examples every time, here and on CI."""

from hypothesis import settings

settings.register_profile("seeded", derandomize=True, database=None, deadline=None)
settings.load_profile("seeded")
