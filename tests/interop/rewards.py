"""The Python package: the table of vectors, the plugs that need no trainer, and what is wrong with input.

Run with the package on PYTHONPATH: `rewards.py VECTORS.toml`.
"""

import asyncio
import json
import multiprocessing
import os
import pickle
import sys
import tempfile
import threading
import types
from pathlib import Path

try:
    import tomllib
except ModuleNotFoundError:  # Before Python 3.11.
    from pip._vendor import tomli as tomllib

import apishift
from apishift import slime, trl, verl


def vectors(path):
    with open(path, "rb") as file:
        return tomllib.load(file)["vector"]


def completion_of(vector):
    if "completion" in vector:
        return vector["completion"]
    return f"why</think>\n<answer>\n```python\n{vector['code']}\n```\n</answer>"


def truth_of(vector):
    known = {"old_code": vector.get("old"), "target_signature": vector.get("signature")}
    if any(known.values()):
        return json.dumps({"new_code": vector["target"], **known})
    return vector["target"]


def test_vectors(path):
    for vector in vectors(path):
        spec = vector.get("spec", "default")
        base = json.loads(apishift.Rewards(spec)._rewards.spec)
        if "total" in vector:
            given = apishift.Rewards(spec).score([completion_of(vector)], [truth_of(vector)])[0]["score"]
            assert given == vector["total"], (vector["why"], given)
        rewards = apishift.Rewards(base | {"weights": {name: 1.0 for name in vector["expect"]}})
        given = rewards.score([completion_of(vector)], [truth_of(vector)])[0]
        given.pop("score")
        assert given == vector["expect"], (vector["why"], given)


TEXT = "why</think><answer>\n```python\nx = 1\n```\n</answer>"


def test_batches_threads_and_pickles():
    rewards = apishift.Rewards({"weights": {"es_star": 1.0}})
    texts = [TEXT.replace("1", str(number)) for number in range(200)]
    one, four = (rewards.totals(texts, ["x = 7"] * 200, threads) for threads in (1, 4))
    assert one == four and one[7] == 2.0 and one[8] < 2.0
    assert pickle.loads(pickle.dumps(rewards)).totals([TEXT], ["x = 1"]) == [2.0]
    results = []
    threads = [threading.Thread(target=lambda: results.append(rewards.totals(texts, ["x = 7"] * 200))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [one] * 4


def test_a_fork_after_use():
    """Trainers fork: what the parent used has to work in the child."""
    rewards = apishift.Rewards()
    assert rewards.totals([TEXT], ["x = 1"]) == [3.0]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.starmap(rewards.totals, [([TEXT], ["x = 1"])] * 4) == [[3.0]] * 4


def test_any_text_has_a_reward():
    rewards = apishift.Rewards("default")
    odd = ["", "\0", "\ud800", "x" * 10_000_000, "(" * 10_000, "```" * 300_000, "<think>" * 100_000, "\r\n\t" * 1000, "é😀"]
    for text in odd:
        for completion in (text, f"</think><answer>\n```python\n{text}\n```\n</answer>"):
            for truth in ("", "x = 1", text[:1000]):
                assert -3.0 <= rewards.totals([completion], [truth])[0] <= 3.0
    assert not apishift.parses("x = '\ud800'")


def test_wrong_use_is_named():
    for work, wanted in [
        (lambda: apishift.Rewards("defualt"), "defualt"),
        (lambda: apishift.Rewards({"weights": {"new_apis": 1.0}}), "new_api"),
        (lambda: apishift.Rewards().score(["a", "b"], ["a"]), "2 completions, but 1 ground truths"),
        (lambda: trl.es_star(completions=["a"], prompts=["b"]), "apishift export"),
    ]:
        try:
            work()
        except ValueError as error:
            assert wanted in str(error), error
        else:
            raise AssertionError(wanted)
    try:
        apishift.Rewards().score([None], ["a"])
    except TypeError:
        pass
    else:
        raise AssertionError("a completion that is no text")


def test_plugs():
    truth = json.dumps({"new_code": "x = 1", "old_code": "x = 0"})
    call = verl.compute_score("apishift/api_update", TEXT, truth, {"index": 0}, num_turns=2)
    assert asyncio.run(call) == {"score": 3.0, "format": 1.0, "es_star": 2.0}
    call = verl.compute_score("apishift/api_update", "x" * 30_000, truth, None, rewards={"weights": {"syntax": 1.0}})
    assert asyncio.run(call) == {"score": 0.0, "syntax": 0.0}
    assert trl.es_star.__name__ == "es_star" and pickle.loads(pickle.dumps(trl.es_star)).__name__ == "es_star"
    conversation = [{"role": "assistant", "content": TEXT}]
    assert trl.reward(completions=[conversation, conversation], label=[truth, truth], trainer_state=None) == [3.0, 3.0]
    sample = types.SimpleNamespace(response=TEXT, label=truth)
    assert asyncio.run(slime.reward(types.SimpleNamespace(reward_key=None), sample)) == 3.0
    group = asyncio.run(slime.reward(types.SimpleNamespace(reward_key="score"), [sample, sample]))
    assert [one["score"] for one in group] == [3.0, 3.0]


def test_rewards_of_files_and_of_the_environment():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mine.toml")
        path.write_text("correct = { es_star = 2 }\n")
        of_file = apishift.Rewards(path)
        path.write_text("name = 'p'\nlibrary = []\n[reward]\ncode = 'block'\n")
        assert apishift.Rewards(str(path)).spec["code"] == "block"
    assert of_file.totals([TEXT, TEXT], ["x = 1", "x = 2"]) == [1.0, 0.0]
    assert pickle.loads(pickle.dumps(of_file)).bounds == (0.0, 1.0), "the file is not needed any more"
    assert apishift.Rewards().bounds == (-3.0, 3.0)
    os.environ["APISHIFT_REWARDS"] = "recode"
    assert apishift.rewards_of_the_environment().spec["faults"]
    del os.environ["APISHIFT_REWARDS"]
    assert apishift.rewards_of_the_environment().spec == apishift.Rewards().spec


def test_helpers():
    assert apishift.parses("match x:\n    case 1: pass") and not apishift.parses("match x:\n    case 1: pass", (3, 9))
    assert apishift.same_tree("import a, b", "import b\nimport a")
    assert apishift.normalised("x = 1  # why\n\n") == "x = 1"
    assert apishift.edit_similarity("kitten", "sitting") == 1 - 3 / 7


if __name__ == "__main__":
    test_vectors(sys.argv[1])
    for name, test in list(globals().items()):
        if name.startswith("test_") and name != "test_vectors":
            test()
            print(name)
