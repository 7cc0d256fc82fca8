//! The ways of running: alone, together, again, with less time; and the kinds of tests.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use apishift_verify::{Check, Kind, Program, Running, Tests, Verdict};

use crate::support::{OUTSIDE, host, plainly, program, verdicts, verdicts_by, verdicts_of};

#[test]
fn verdicts_do_not_depend_on_the_number_of_workers() {
    let Some(host) = host() else { return };
    let sources = ["return x * x", "return x + x", "raise KeyError(x)", "return [x]", "retrun x"];
    let all: Vec<Program> = (0..60)
        .map(|n| program(&format!("def square(x):\n    {}\n", sources[n % sources.len()]), OUTSIDE))
        .collect();
    let kinds = |workers| verdicts(&host, all.clone(), workers).iter().map(|v| v.kind).collect::<Vec<_>>();
    let one = kinds(1);
    assert_eq!(one[..5], [Kind::Ok, Kind::Assert, Kind::Exception, Kind::Assert, Kind::Syntax]);
    assert_eq!(one, kinds(3));
}

#[test]
fn the_first_of_shuffled_tests_are_others_and_all_of_them_are_the_same() {
    let Some(host) = host() else { return };
    let asserted: Vec<String> = (0..20).map(|n| format!("    assert candidate({n}) == {}", n * n)).collect();
    let check = format!("def check(candidate):\n{}\n", asserted.join("\n"));
    let off_at = |n: i32| program(&format!("def square(x):\n    return x * x + (x == {n})\n"), &check);
    let all: Vec<Program> = (0..20).map(off_at).collect();
    let found = |shuffle, most| -> Vec<bool> {
        let running = Running { shuffle, ..plainly() };
        let verdicts = verdicts_by(&host, vec![Check::Tests(most)], all.clone(), 1, running);
        verdicts.iter().map(|verdict| !verdict.passed()).collect()
    };
    let first = found(None, 3);
    assert_eq!(first.iter().position(|found| !found), Some(3));
    let drawn = found(Some(7), 3);
    assert_eq!(drawn.iter().filter(|found| **found).count(), 3);
    assert_ne!(drawn, first);
    assert_eq!(found(Some(7), usize::MAX), [true; 20]);
}

#[test]
fn programs_that_end_differently_are_flaky() {
    let Some(host) = host() else { return };
    // Nothing but the clock differs between two runs: a coin for it, thrown until it has shown both sides.
    let coin =
        "import time\n\n\ndef square(x):\n    return x * x if time.monotonic_ns() // 1000 % 2 else x\n";
    let running = Running { repeat: NonZeroU32::new(40).unwrap(), ..plainly() };
    let steady = program("def square(x):\n    return x * x\n", OUTSIDE);
    let verdicts = verdicts_of(&host, vec![program(coin, OUTSIDE), steady], 1, running);
    assert!(verdicts[0].is_flaky && !verdicts[0].passed(), "{:?}", verdicts[0]);
    assert!(!verdicts[1].is_flaky && verdicts[1].passed(), "{:?}", verdicts[1]);
}

#[test]
fn sharing_and_giving_up_early_change_no_verdict() {
    let Some(host) = host() else { return };
    let bodies = [
        "return x * x",
        "return x + x",
        "raise KeyError(x)",
        "return [x]",
        "while True: pass",
        "print(x); return 0",
        "return x * x + len(str(__builtins__)) * 0",
        "import os; os._exit(0)",
        "return len([0] * 12_000_000)",
    ];
    let all: Vec<Program> = (0..54)
        .map(|n| program(&format!("def square(x):\n    {}\n", bodies[n % bodies.len()]), OUTSIDE))
        .collect();
    let kinds = |running| -> Vec<(Kind, String, u32)> {
        let verdicts = verdicts_of(&host, all.clone(), 2, running).into_iter();
        // Whatever comes after the first wrong answer is not run in company, nor seen.
        verdicts
            .map(|v| (v.kind, v.output.lines().next().unwrap_or_default().to_owned(), v.tests_run))
            .collect()
    };
    let together = Running {
        batch: NonZeroUsize::new(8).unwrap(),
        first: Some(Duration::from_millis(200)),
        ..plainly()
    };
    let alone = kinds(plainly());
    assert_eq!(alone, kinds(together));
    assert_eq!(alone[4].0, Kind::Timeout);
    assert_eq!(alone[5], (Kind::Assert, "2".to_owned(), 1));
}

#[test]
fn a_right_program_that_waits_is_not_given_up() {
    let Some(host) = host() else { return };
    let waits = "import time\n\n\ndef square(x):\n    time.sleep(0.3)\n    return x * x\n";
    let spins = "def square(x):\n    while True:\n        pass\n";
    let reads = "import sys\n\n\ndef square(x):\n    while sys:\n        pass\n";
    let right = "def square(x):\n    return x * x\n";
    let all = [right, waits, spins, reads].map(|source| program(source, OUTSIDE)).to_vec();
    let running = Running { first: Some(Duration::from_millis(50)), ..plainly() };
    let verdicts = verdicts_of(&host, all, 1, running.clone());
    let expected = [Kind::Ok, Kind::Ok, Kind::Timeout, Kind::Timeout];
    assert_eq!(verdicts.iter().map(|v| v.kind).collect::<Vec<_>>(), expected);
    assert!(verdicts[2].message.starts_with("given up after 0.05 s"), "{}", verdicts[2].message);
    // One that imports gets the time for that.
    assert!(verdicts[3].message.starts_with("given up after 0.25 s"), "{}", verdicts[3].message);
    // Where none of them is right, the task's own solution says what right ones take.
    let known =
        |reference: &str| Program { reference: Some(reference.to_owned()), ..program(spins, OUTSIDE) };
    let given_up = |reference| {
        let verdicts = verdicts_of(&host, vec![known(reference)], 1, running.clone());
        assert_eq!(verdicts[0].kind, Kind::Timeout);
        verdicts[0].message.starts_with("given up after 0.05 s")
    };
    assert!(given_up(right));
    assert!(!given_up("def square(x):\n    return x\n"));
}

fn example(source: &str, docstring: &str) -> Program {
    Program { source: source.to_owned(), tests: Tests::Sources(vec![docstring.to_owned()]), reference: None }
}

#[test]
fn examples_of_a_docstring_are_tests() {
    let Some(host) = host() else { return };
    let right = "def half(x):\n    print('halving')\n    return x / 2\n";
    let text = "Halves.\n\n    >>> y = half(3)\n    halving\n    >>> y\n    1.5\n    >>> half('a')\n    \
                Traceback (most recent call last):\n        ...\n    TypeError: unsupported operand type(s) for /: 'str' and 'int'\n";
    let own_module = "class Bad(ValueError):\n    pass\n\n\ndef fail():\n    raise Bad('no')\n";
    let raises = ">>> fail()\nTraceback (most recent call last):\npackage.errors.Bad: no\n";
    let cases = [
        // What is printed before an exception that it has to raise does not count.
        (right, text, Kind::Ok, 3),
        (right, &text.replace(">>> half('a')\n", ">>> _ = half('a')\n    halving\n"), Kind::Exception, 2),
        ("def half(x):\n    return x / 2\n", ">>> half(3)\n1.5\n", Kind::Ok, 1),
        ("def half(x):\n    return x // 2\n", ">>> half(3)\n1.5\n", Kind::Assert, 0),
        ("def half(x):\n    return hal\n", ">>> half(3)\n1.5\n", Kind::Exception, 0),
        (own_module, raises, Kind::Ok, 1),
        (own_module, ">>> fail()\n1\n", Kind::Exception, 0),
        // It ends the process before its examples are seen.
        ("import os\nhalf = lambda x: os._exit(0)\n", ">>> half(3)\n1.5\n", Kind::Exit, 0),
        ("half = 2\n", ">>>half\n2\n", Kind::Refused, 0),
    ];
    let programs = || cases.iter().map(|(source, text, ..)| example(source, text)).collect();
    let verdicts = verdicts(&host, programs(), 1);
    for ((source, text, kind, passed), verdict) in cases.iter().zip(&verdicts) {
        assert_eq!((verdict.kind, verdict.tests_passed), (*kind, *passed), "{source}{text}: {verdict:?}");
    }
    let together = Running { batch: NonZeroUsize::new(8).unwrap(), ..plainly() };
    let shared = verdicts_of(&host, programs(), 1, together);
    let kinds = |verdicts: &[Verdict]| verdicts.iter().map(|v| v.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&shared), kinds(&verdicts));
}

#[test]
fn scripts_are_told_by_what_they_print_for_each_input() {
    let Some(host) = host() else { return };
    let cases = vec![("2\n".to_owned(), "4\n".to_owned()), ("3\n".to_owned(), "9\n".to_owned())];
    let sources = [
        ("print(int(input()) ** 2)\n", Kind::Ok, 2),
        ("import sys\nfor line in sys.stdin:\n    print(int(line) ** 2)\nexit()\nprint('no')\n", Kind::Ok, 2),
        ("if __name__ == '__main__':\n    print(int(input()) ** 2)\n    quit(0)\n", Kind::Ok, 2),
        ("import sys\nprint(int(input()) ** 2)\nprint('aside', file=sys.stderr)\n", Kind::Ok, 2),
        ("print(int(input()) + 2)\n", Kind::Assert, 1),
        ("print(int(input()) ** 2)\nexit(3)\n", Kind::Exit, 0),
        ("input()\nprint(int(input()) ** 2)\n", Kind::Exception, 0),
        ("while True:\n    pass\n", Kind::Timeout, 0),
        ("print('4'\n", Kind::Syntax, 0),
    ];
    let one = |source: &str| Program {
        source: source.to_owned(),
        tests: Tests::Cases(cases.clone()),
        reference: None,
    };
    let programs = || sources.iter().map(|(source, ..)| one(source)).collect();
    let together = Running { batch: NonZeroUsize::new(8).unwrap(), ..plainly() };
    for running in [plainly(), together] {
        for ((source, kind, passed), verdict) in
            sources.iter().zip(verdicts_of(&host, programs(), 1, running))
        {
            assert_eq!((verdict.kind, verdict.tests_passed), (*kind, *passed), "{source}{verdict:?}");
        }
    }
}

#[test]
fn what_python_calls_equal_is_right() {
    let Some(host) = host() else { return };
    let pair = "from collections import namedtuple\n\nPair = namedtuple('Pair', 'first second')\n\n\ndef square(x):\n    return Pair(x, x * x)\n";
    let number = "from enum import IntEnum\n\n\nclass Number(IntEnum):\n    FOUR = 4\n    NINE = 9\n\n\ndef square(x):\n    return Number(x * x)\n";
    let text = "class Text(str):\n    pass\n\n\ndef square(x):\n    return [Text(x)]\n";
    let lies = "class Lies(int):\n    def __eq__(self, other):\n        return True\n\n\ndef square(x):\n    return Lies(0)\n";
    let generator = "def square(x):\n    yield x\n    yield x * x\n";
    let view = "def square(x):\n    return {x * x: 0, x: 0}.keys()\n";
    let endless = "from itertools import count\n\n\ndef square(x):\n    return map(str, count())\n";
    let fails = "def square(x):\n    yield x\n    raise KeyError(x)\n";
    let array = "from array import array\n\n\ndef square(x):\n    return array('b', x)\n";
    let buffer = "def square(x):\n    return bytearray(x)\n";
    let decimal = "from decimal import Decimal\n\n\ndef square(x):\n    return Decimal(x) * x\n";
    let inexact = "from decimal import Decimal\n\n\ndef square(x):\n    return Decimal(x) / 10\n";
    let tuples = "def check(candidate):\n    assert candidate(2) == (2, 4)\n";
    let bytes = "def check(candidate):\n    assert candidate(b'a') == b'a'\n";
    let half = "def check(candidate):\n    assert candidate(5) == 0.5\n";
    let tenth = "def check(candidate):\n    assert candidate(1) == 0.1\n";
    let texts = "def check(candidate):\n    assert candidate('a') == ['a']\n";
    let lists = "def check(candidate):\n    assert list(candidate(2)) == [2, 4]\n";
    let sorts = "def check(candidate):\n    assert sorted(candidate(2)) == [2, 4]\n";
    let plain = "def check(candidate):\n    assert candidate(2) == [2, 4]\n";
    let cases = [
        (pair, tuples, Kind::Ok),
        (number, OUTSIDE, Kind::Ok),
        (text, texts, Kind::Ok),
        (lies, OUTSIDE, Kind::Tampered),
        (array, bytes, Kind::Assert),
        (buffer, bytes, Kind::Ok),
        (decimal, OUTSIDE, Kind::Ok),
        (inexact, half, Kind::Ok),
        (inexact, tenth, Kind::Assert),
        (generator, lists, Kind::Ok),
        (generator, sorts, Kind::Ok),
        (generator, plain, Kind::Assert),
        (view, sorts, Kind::Ok),
        (endless, lists, Kind::Assert),
        (fails, lists, Kind::Exception),
    ];
    let programs = cases.iter().map(|(source, test, _)| program(source, test)).collect();
    for ((source, test, kind), verdict) in cases.iter().zip(verdicts(&host, programs, 1)) {
        assert_eq!(verdict.kind, *kind, "{source}{test}: {verdict:?}");
    }
}

#[test]
fn what_right_programs_do_is_not_tampering() {
    let Some(host) = host() else { return };
    let inside = "def check(candidate):\n    four = candidate(2)\n    assert four == 4\n    assert candidate.__name__ == 'square'\n";
    let sources = [
        "from dataclasses import dataclass\n\n\n@dataclass(order=True)\nclass Side:\n    length: int\n\n\ndef square(x):\n    return Side(x).length ** 2\n",
        "def depth(n):\n    return n and 1 + depth(n - 1)\n\n\ndef square(x):\n    return x * x if depth(800) == 800 else 0\n",
        "def square(x, left=800):\n    return square(x, left - 1) if left else x * x\n",
        "import logging\nimport traceback\n\n\ndef square(x):\n    try:\n        x / 0\n    except ZeroDivisionError:\n        \
         traceback.print_exc()\n        logging.exception('no')\n    return x * x\n",
        "import asyncio\nimport inspect\n\n\nasync def later(x):\n    return x * x\n\n\ndef square(x):\n    \
         inspect.signature(later)\n    return asyncio.run(later(x))\n",
    ];
    let programs = sources.iter().map(|source| program(source, inside)).collect();
    for (source, verdict) in sources.iter().zip(verdicts(&host, programs, 1)) {
        assert_eq!(verdict.kind, Kind::Ok, "{source}: {verdict:?}");
    }
}
