"""Topics: found where they are, named by their words, silent where there are none."""

import numpy as np
import pytest

from training.experience.comments import readable
from training.experience.terms import telling_terms, terms_of
from training.experience.topics import MIN_COMMENTS, Topics, assign_topics, learn_topics

MATTERS = {
    "delivery": ["delivery", "parcel", "driver", "courier", "doorstep", "tracking"],
    "staff": ["staff", "cashier", "helpful", "polite", "manager", "service"],
    "prices": ["price", "cheap", "expensive", "discount", "coupon", "offer"],
    "fruit": ["apples", "bananas", "fresh", "ripe", "vegetables", "lettuce"],
    "website": ["website", "login", "password", "checkout", "basket", "page"],
    "parking": ["parking", "entrance", "garage", "lift", "ramp", "spaces"],
}
BINDING = ["the", "was", "and", "for", "with", "had", "this", "from"]


def written(n: int, seed: int, matters: dict[str, list[str]] = MATTERS) -> tuple[list[str], list]:
    rng = np.random.default_rng(seed)
    names = list(rng.choice(list(matters), n))
    texts = [
        " ".join(rng.permutation([*rng.choice(BINDING, 5), *rng.choice(matters[name], 3)]))
        for name in names
    ]
    return texts, names


@pytest.fixture(scope="module")
def topics() -> Topics:
    found = learn_topics(written(1_200, 1)[0])
    assert found.topics is not None, found.reason
    assert found.stability > 0.7
    return found.topics


def test_every_matter_is_found(topics: Topics) -> None:
    for words in MATTERS.values():
        assert any(set(name.split(", ")) <= set(words) for name in topics.names), words


def test_comments_find_their_topic(topics: Topics) -> None:
    texts, names = written(300, 2)
    given = assign_topics(topics, texts)
    right = [
        topic is not None and set(topic.split(", ")) <= set(MATTERS[name])
        for topic, name in zip(given, names, strict=True)
    ]
    assert np.mean(right) > 0.95


def test_words_that_bind_name_nothing(topics: Topics) -> None:
    assert not set(topics.terms) & set(BINDING)
    assert assign_topics(topics, ["the was and", "", "zzz unknown"]) == [None] * 3


def test_order_of_comments_does_not_matter(topics: Topics) -> None:
    texts = written(1_200, 1)[0]
    again = learn_topics(texts[::-1]).topics
    assert again is not None
    assert again.names == topics.names
    np.testing.assert_array_equal(again.weight, topics.weight)


def test_a_topic_does_not_depend_on_the_other_comments(topics: Topics) -> None:
    texts = written(50, 3)[0]
    alone = [assign_topics(topics, [text])[0] for text in texts]
    assert assign_topics(topics, texts) == alone


def test_names_go_on(topics: Topics) -> None:
    later = learn_topics(written(1_500, 7)[0], seed=5, earlier=topics).topics
    assert later is not None
    assert len(set(later.names)) == len(later.names)
    assert len(set(later.names) & set(topics.names)) >= 6


def test_a_new_matter_gets_a_name_of_its_own(topics: Topics) -> None:
    more = {
        **MATTERS,
        "returns": ["refund", "receipt", "returned", "voucher", "exchange", "broken"],
    }
    later = learn_topics(written(1_800, 8, more)[0], earlier=topics).topics
    assert later is not None
    (new,) = [name for name in later.names if set(name.split(", ")) <= set(more["returns"])]
    assert new not in topics.names


def test_too_few_comments_say_so() -> None:
    found = learn_topics(written(MIN_COMMENTS - 1, 1)[0])
    assert found.topics is None
    assert found.reason == f"too few comments for topics: {MIN_COMMENTS - 1}, 200 are needed"


@pytest.mark.parametrize("text", ["ok", "👍", "the the the", "same words every time"])
def test_comments_that_say_one_thing_have_no_topics(text: str) -> None:
    found = learn_topics([text] * 500)
    assert found.topics is None
    assert found.reason


def test_noise_has_no_topics() -> None:
    rng = np.random.default_rng(0)
    words = [f"word{chr(97 + k // 26)}{chr(97 + k % 26)}" for k in range(300)]
    found = learn_topics([" ".join(rng.choice(words, 6)) for _ in range(600)])
    assert found.topics is None
    assert "do not speak of the same things" in found.reason


def test_chinese_comments_have_topics() -> None:
    rng = np.random.default_rng(0)
    matters = (["快递迟到", "包裹破损", "快递员"], ["价格便宜", "价格实惠", "打折优惠"],
               ["态度热情", "服务周到", "店员礼貌"])  # fmt: skip
    texts = ["。".join(rng.choice(matters[k % 3], 2)) for k in range(600)]
    found = learn_topics([readable(text) for text in texts])
    assert found.topics is not None
    assert {name[:2] for name in found.topics.names} & {"价格", "打折", "便宜", "优惠", "实惠"}


def test_binding_words_are_those_that_are_both_frequent_and_everywhere() -> None:
    said = terms_of(written(1_000, 1)[0])
    kept = telling_terms(said)
    assert not set(kept) & set(BINDING)
    assert set(kept) == {word for words in MATTERS.values() for word in words}
