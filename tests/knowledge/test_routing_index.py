from knowledge.routing.index import Index

INDEX = Index(
    [("door", "门打不开"), ("door", "the door is stuck"), ("window", "窗户关不上"), ("window", "the window leaks")],
    ["the", "is"],
)


def test_the_same_words_score_one() -> None:
    best = INDEX.search("门打不开")[0]
    assert (best.topic, best.phrasing, round(best.score, 6)) == ("door", "门打不开", 1.0)


def test_one_hit_a_topic_best_first() -> None:
    hits = INDEX.search("the window is stuck")
    assert sorted(hit.topic for hit in hits) == ["door", "window"]
    assert hits[0].score >= hits[1].score


def test_foreign_words_pull_away() -> None:
    assert INDEX.search("冰箱门打不开")[0].score < INDEX.search("门打不开了")[0].score


def test_weak_words_alone_match_nothing_else() -> None:
    assert [hit.topic for hit in INDEX.search("is the")] == []


def test_nothing_in_common() -> None:
    assert INDEX.search("猫") == []
    assert INDEX.search("") == []


def test_an_index_of_one_script_answers_the_other() -> None:
    assert Index([("door", "门")]).search("door") == []
    assert Index([]).search("door") == []
