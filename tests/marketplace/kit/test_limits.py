import pytest
from django.core.cache import cache

from marketplace.kit import limits


@pytest.fixture(autouse=True)
def fresh_counters():
    cache.clear()


def test_the_limit_may_be_reached_but_not_passed():
    for _ in range(3):
        limits.count("k", limit=3, seconds=60)
    with pytest.raises(limits.TooMany):
        limits.count("k", limit=3, seconds=60)


def test_each_key_has_its_own_count():
    limits.count("one", limit=1, seconds=60)
    assert limits.count_softly("other", limit=1, seconds=60) is True
    assert limits.count_softly("one", limit=1, seconds=60) is False


def test_a_cache_that_is_down_does_not_stop_the_work(settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert limits.count_softly("k", limit=0, seconds=60) is True
