"""The pretended crawl: always the same, and fair to the keywords."""

from celery_core.finder import find, shares


def test_the_same_keyword_finds_the_same_image() -> None:
    assert find("cat", 1) == find("cat", 1)
    assert find("cat", 1).data != find("cat", 2).data


def test_keywords_that_look_alike_do_not_share_files() -> None:
    assert find("a b", 1).filename != find("a-b", 1).filename


def test_a_keyword_cannot_leave_the_folder_of_its_job() -> None:
    assert find("../../.env", 1).filename.startswith("env-")


def test_the_first_keywords_take_what_does_not_divide() -> None:
    assert shares(["a", "b", "c"], 8) == [("a", 3), ("b", 3), ("c", 2)]
    assert shares(["a", "b", "c"], 1) == [("a", 1), ("b", 0), ("c", 0)]
