//! Problems of functions with doctests, on small packages.

use std::{collections::BTreeMap, thread};

use apishift_candidates::doctest::{DoctestFinder, DoctestProblem, Funnel, Reason, Rules};
use apishift_syntax::grammar::STACK;
use apishift_types::{CandidateRow, CandidateSource, MemoryTree, TreeId, VerdictKind};

/// On a stack that parsing needs.
fn deep<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let worker = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("it starts");
        worker.join().expect("it does not panic")
    })
}

fn found(files: &[(&str, &str)]) -> (Vec<DoctestProblem>, Funnel) {
    let mut trees = MemoryTree::default();
    for (path, text) in files {
        trees.insert("1", path, text);
    }
    DoctestFinder::new(Rules::default(), 0)
        .problems(&trees, &TreeId("1".to_owned()), "pkg")
        .expect("the tree is there")
}

fn one(text: &str) -> DoctestProblem {
    let (mut problems, funnel) = found(&[("pkg/a.py", text)]);
    assert_eq!(problems.len(), 1, "{funnel:?}");
    problems.remove(0)
}

/// The only reason why a file gives nothing.
fn reason(text: &str) -> String {
    let (problems, funnel) = found(&[("pkg/a.py", text), ("pkg/__init__.py", "")]);
    assert!(problems.is_empty(), "{}", problems[0].stub);
    let reasons: Vec<&str> = funnel.skipped.iter().map(|(reason, _)| reason).collect();
    reasons.join(" ")
}

/// A function that says enough, with this body.
fn function(body: &str) -> String {
    format!(
        "def f(x):\n    \"\"\"Give the value that follows on the given one.\n\n    >>> f(1)\n    2\n    \"\"\"\n{body}\n"
    )
}

#[test]
fn a_problem_brings_all_that_its_function_needs_and_nothing_else() {
    deep(|| {
        let helper = "import math, sys\nLIMIT = 3\nTABLE = {}\nTABLE['a'] = LIMIT\nOTHER = 5\n\n\ndef scale(x):\n    \"\"\"Scales.\n\n    At length.\n    \"\"\"\n    return math.floor(x) * TABLE['a']\n";
        let text = "from functools import reduce as fold, wraps\nfrom .helper import scale as grown\nimport pkg.other\n\n\nUNUSED = 1\n\n\ndef total(xs, start=0):\n    '''Add up the scaled values of a list.\n\n    Example::\n\n        >>> from pkg import total\n        >>> total([1, 2])\n        9\n        >>> total([])\n        0\n    '''\n    # From left to right.\n    return fold(lambda a, b: a + grown(b), xs, start)\n";
        let (problems, _) = found(&[("pkg/helper.py", helper), ("pkg/a.py", text), ("pkg/other.py", "")]);
        let [problem] = &problems[..] else { panic!("{problems:?}") };
        let before = "import math\nfrom functools import reduce as fold\n\n\nLIMIT = 3\nTABLE = {}\nTABLE['a'] = LIMIT\n\n\ndef scale(x):\n    \"\"\"Scales.\"\"\"\n    return math.floor(x) * TABLE['a']\n\n\ngrown = scale\n\n\ndef total(xs, start=0):\n    '''Add up the scaled values of a list";
        assert!(problem.stub.starts_with(before), "{}", problem.stub);
        let bare = ".'''\n";
        let shown = ".\n\n    Example::\n\n        >>> total([1, 2])\n        9\n        >>> total([])\n        0\n    '''\n";
        assert_eq!(&problem.stub[before.len()..], if problem.shows_examples { shown } else { bare });
        assert_eq!(
            problem.body,
            "    # From left to right.\n    return fold(lambda a, b: a + grown(b), xs, start)"
        );
        assert_eq!(problem.tests, [">>> total([1, 2])\n9\n", ">>> total([])\n0\n"]);
        assert_eq!((problem.checks, problem.function.as_str()), (2, "total"));
        assert!(problem.task_id.starts_with("pkg/pkg/a.py:total:"));
    });
}

#[test]
fn what_gives_no_problem_is_counted_with_its_reason() {
    deep(|| {
        let cases = [
            (
                function("    return numpy.add(x, 1)").replace("def f", "import numpy\n\n\ndef f"),
                Reason::OtherPackage,
            ),
            (function("    import numpy\n    return numpy.add(x, 1)"), Reason::OtherPackage),
            (
                function("    return x + time.time()").replace("def f", "import time\n\n\ndef f"),
                Reason::OutsideWorld,
            ),
            (function("    return len(open(x).read())"), Reason::OutsideWorld),
            (function("    return x + missing"), Reason::UnknownName),
            (function("    return helper(x)\n\n\ndef helper(x):\n    return x + 1"), Reason::Wrapper),
            (function(&"    x += 0\n".repeat(70)), Reason::LongFunction),
            (
                function("    return x + 1")
                    .replace("Give the value that follows on the given one.", "Next."),
                Reason::NoProse,
            ),
            (function("    return x + 1").replace("f(1)\n    2", "g(1)\n    2"), Reason::FewTests),
            (function("    return x + 1").replace(">>> f(1)", "f(1)"), Reason::NoExample),
            (
                function("    return x + 1").replace("    2\n", "    <object at 0x7f00aabbcc>\n"),
                Reason::OpenOutput,
            ),
            (function("    return x + 1").replace("def f", "async def f"), Reason::Form),
            (function("    return x + 1") + "\n\nf = print", Reason::Form),
            (
                function("    return C(x).y") + "\n\nclass C:\n" + &"    y = 1\n".repeat(70),
                Reason::LargeClass,
            ),
            (
                function("    return x + 1")
                    .replace("    \"\"\"\n", &("    word\n".repeat(50) + "    \"\"\"\n")),
                Reason::LongDocstring,
            ),
        ];
        for (text, wanted) in cases {
            assert_eq!(reason(&text), wanted.as_str(), "{text}");
        }
        let clash = ("pkg/b.py", "N = 1\n\n\ndef g(x):\n    return x + N\n");
        let text = format!("from .b import g\n\n\nN = 2\n\n\n{}", function("    return g(x) + N"));
        let (problems, funnel) = found(&[("pkg/a.py", &text), clash]);
        assert!(problems.is_empty());
        assert_eq!(funnel.skipped.iter().next(), Some(("name-clash", 1)));
    });
}

#[test]
fn examples_that_need_the_package_are_left_out_with_what_depends_on_them() {
    deep(|| {
        let text = "from decimal import Decimal\n\n\ndef f(x):\n    \"\"\"Give the value that follows.\n\n    >>> import pkg.a as p\n    >>> from pkg.other import thing\n    >>> p.f(1)\n    2\n    >>> y = thing()\n    >>> f(y)\n    3\n    >>> f(Decimal(1))\n    Decimal('2')\n    >>> z = f(3)\n    >>> z\n    4\n    >>> f({})  # doctest: +SKIP\n    5\n    >>> {f(1): 'a'}\n    {2: 'a'}\n    \"\"\"\n    return x + 1\n";
        let problem = one(text);
        let wanted = [
            ">>> f(1)\n2\n",
            ">>> from decimal import Decimal\n",
            ">>> f(Decimal(1))\nDecimal('2')\n",
            ">>> z = f(3)\n",
            ">>> z\n4\n",
            ">>> ({f(1): 'a'}) == {2: 'a'}\nTrue\n",
        ];
        assert_eq!(problem.tests, wanted);
        assert_eq!(problem.checks, 4);
        assert!(!problem.stub.contains("thing()"), "nor is shown what is no test");
        assert!(!problem.stub.contains("import Decimal"), "a test's import is the test's");
    });
}

#[test]
fn the_same_function_is_met_once() {
    deep(|| {
        let other = function("    return (x+1)")
            .replace("def f(x)", "def g( x )")
            .replace("f(1)", "g(1)")
            .replace("Give", "Find");
        let files = [("pkg/a.py", function("    return x + 1")), ("pkg/b.py", other)];
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let (problems, funnel) = found(&files);
        assert_eq!((problems.len(), funnel.skipped.iter().next()), (1, Some(("duplicate", 1))));
        let later = function("    y = x\n    return y + 1");
        let (problems, _) = found(&[files[0], ("pkg/c.py", &later)]);
        assert_eq!(problems.len(), 1, "the same name and docstring in a later release");
    });
}

#[test]
fn where_words_say_little_the_examples_stay() {
    deep(|| {
        let text = function("    return x + 1").replace("Give the value that follows on the given one.", "");
        assert_eq!(reason(&text), Reason::NoProse.as_str(), "one example is not enough");
        for name in ["a", "b", "c", "d", "e", "g", "h"] {
            let text =
                text.replace("    2\n", "    2\n    >>> f(4)\n    5\n").replace("f(", &format!("{name}("));
            assert!(one(&text).shows_examples);
        }
    });
}

#[test]
fn half_of_the_problems_show_their_examples() {
    deep(|| {
        let mut text = String::new();
        for number in 0..200 {
            text += &function(&format!("    return x + {number}"))
                .replace("def f", &format!("def f{number}"))
                .replace("f(1)", &format!("f{number}(1)"));
        }
        let (problems, _) = found(&[("pkg/a.py", &text)]);
        assert_eq!(problems.len(), 200);
        let shown = problems.iter().filter(|problem| problem.shows_examples).count();
        assert!((70..=130).contains(&shown), "{shown}");
        for problem in &problems {
            assert_eq!(problem.stub.contains(">>>"), problem.shows_examples);
        }
    });
}

const LOOP: &str = "def largest(xs, start):\n    \"\"\"Find the largest of all values in a list.\n\n    >>> largest([1, 3, 2], 0)\n    3\n    >>> largest([], 7)\n    7\n    \"\"\"\n    if not xs:\n        return start\n    best = 0\n    for x in range(len(xs)):\n        if xs[x] > best:\n            best = xs[x]\n    return best\n\n\ndef smallest(items, default):\n    for item in items:\n        default = min(default, item)\n    return default\n";

fn bodies(rows: &[CandidateRow], stub: &str) -> BTreeMap<String, String> {
    let name = |row: &CandidateRow| row.operator.clone().unwrap_or_else(|| row.source.to_string());
    rows.iter()
        .map(|row| (name(row), row.program.strip_prefix(stub).expect("the stub stays").to_owned()))
        .collect()
}

#[test]
fn faults_are_those_that_models_make() {
    deep(|| {
        let problem = one(LOOP);
        let rows = problem.candidates(0, 3);
        let bodies = bodies(&rows, &problem.stub);
        // Some are in other words too: with a comment, or with parentheses.
        let flat = |name: &str| {
            let lines = bodies[name].lines().filter(|line| !line.trim().starts_with('#'));
            let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
            words.join(" ").replace(['(', ')'], "")
        };
        assert_eq!(bodies["gold"].trim_end(), problem.body);
        assert!(
            flat("other_body").starts_with("for item in xs: start = minstart, item return start"),
            "{}",
            bodies["other_body"]
        );
        assert!(flat("hard_coded").contains("return 3 return 7"), "{}", bodies["hard_coded"]);
        assert!(!flat("case_missing").contains("return start"), "{}", bodies["case_missing"]);
        assert!(flat("wrong_start").contains("best = 1"), "{}", bodies["wrong_start"]);
        assert!(flat("first_round").contains("return best return best"), "{}", bodies["first_round"]);
        assert!(["return xs", "return start"].contains(&flat("parameter_returned").as_str()));
        let bounds = ["rangelenxs - 1", "range1, lenxs"];
        assert!(bounds.iter().any(|bound| flat("loop_bound").contains(bound)), "{}", bodies["loop_bound"]);
        for row in &rows {
            assert!(
                row.prompt
                    .starts_with("Complete this program. Give all of it in a ```python block.\n```python\n")
            );
            assert_eq!(row.answer, format!("```python\n{}\n```", row.program.trim_end()));
            assert_eq!((row.passed, row.group.as_str()), (None, "pkg"));
        }
    });
}

#[test]
fn candidates_do_not_move_with_what_else_is_in_the_package() {
    deep(|| {
        let alone = one(LOOP);
        let (problems, _) = found(&[("pkg/a.py", LOOP), ("pkg/Z.py", &function("    return x + 1"))]);
        let beside = problems.iter().find(|problem| problem.function == "largest").unwrap();
        assert_eq!(alone, *beside);
        let rows = alone.candidates(8, 1);
        assert_eq!(rows, beside.candidates(8, 1));
        let ids: std::collections::BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids.len(), rows.len());
        assert!(rows.iter().filter(|row| row.source == CandidateSource::Mutant).count() > 8);
    });
}

#[test]
fn other_arguments_become_tests_where_the_solution_shows_something() {
    deep(|| {
        let mut problem = one(LOOP);
        let probes = problem.probes(40, 0);
        assert!(probes.contains(&"largest([1, 3, 2], 1)".to_owned()), "{probes:?}");
        assert!(probes.contains(&"largest([2, 3, 1], 0)".to_owned()), "{probes:?}");
        assert!(!probes.contains(&"largest([1, 3, 2], 0)".to_owned()), "an example");
        assert!(problem.probes(3, 0).iter().eq(&probes[..3]));
        let answers = [
            ("largest([2], 0)", Some("2\n")),
            ("largest([3], 0)", None),
            ("largest([4], 0)", Some("<a object at 0x7f>\n")),
            ("largest([5], 0)", Some("")),
            ("largest([6], 0)", Some("{'a': 6}\n")),
        ];
        let answers = answers.map(|(source, shown)| (source.to_owned(), shown.map(str::to_owned)));
        problem.add_answers(&answers, 10);
        let largest = one(&LOOP.replace("[1, 3, 2], 0", "[1, 3, 2], 9223372036854775807"));
        assert!(!largest.probes(40, 0).is_empty(), "the largest number has no neighbour above");
        assert_eq!(
            problem.tests[2..],
            [">>> largest([2], 0)\n2\n", ">>> (largest([6], 0)) == {'a': 6}\nTrue\n"]
        );
        assert_eq!((problem.checks, problem.probed), (4, 2));
    });
}

#[test]
fn only_sure_labels_are_kept() {
    deep(|| {
        let mut problem = one(LOOP);
        let answers: Vec<(String, Option<String>)> =
            (2..6).map(|n| (format!("largest([{n}], 0)"), Some(format!("{n}\n")))).collect();
        problem.add_answers(&answers, 10);
        let rules = Rules::default();
        let labelled = |passes: &dyn Fn(&CandidateRow) -> (bool, u32)| {
            let mut rows = problem.candidates(4, 0);
            for row in &mut rows {
                let (passed, held) = passes(row);
                row.passed = Some(passed);
                row.tests_passed = held;
            }
            rows
        };
        let is = |row: &CandidateRow, name: &str| row.operator.as_deref() == Some(name);
        let right = |row: &CandidateRow| row.source != CandidateSource::Mutant;
        // One mutant survives; another function's body fails on nothing but a probe.
        let mut rows = labelled(&|row| match row {
            row if right(row) || is(row, "loop_bound") => (true, 6),
            row if is(row, "other_body") => (false, 4),
            _ => (false, 1),
        });
        let before = rows.len();
        let settled = problem.settle(&mut rows, &rules).unwrap();
        assert_eq!((settled.surviving, settled.unsure, settled.changed), (1, 1, 0));
        assert_eq!(rows.len(), before - 2);
        assert!(!rows.iter().any(|row| is(row, "loop_bound") || is(row, "other_body")));
        let verdict = |passes: &dyn Fn(&CandidateRow) -> bool| {
            problem.settle(&mut labelled(&|row| (passes(row), 0)), &rules)
        };
        assert_eq!(verdict(&|_| false), Err(Reason::GoldFails));
        assert_eq!(verdict(&|_| true), Err(Reason::WeakTests));
        let mut few = one(LOOP);
        few.checks = 1;
        let few = few.settle(&mut labelled(&|row| (right(row), 0)), &rules);
        assert_eq!(few, Err(Reason::FewTests));
        // Of the wrong ones one in three may be one that raises.
        let mut rows = labelled(&|row| (right(row), 0));
        for (place, row) in rows.iter_mut().filter(|row| row.passed == Some(false)).enumerate() {
            row.error_kind = Some(if place < 4 { VerdictKind::Assert } else { VerdictKind::Exception });
        }
        let raising = rows.iter().filter(|row| row.error_kind == Some(VerdictKind::Exception)).count() as u64;
        assert!(raising > 2);
        let settled = problem.settle(&mut rows, &rules).unwrap();
        assert_eq!((settled.wrong, settled.crashing), (6, raising - 2));
    });
}

#[test]
fn bad_input_is_counted() {
    deep(|| {
        let mut trees = MemoryTree::default();
        trees.insert("1", "pkg/broken.py", "def f(:\n");
        trees.insert("1", "pkg/bytes.py", [0x64, 0x65, 0x66, 0x20, 0xff]);
        trees.insert("1", "pkg/deep.py", format!("def f(): x = {}1\n", "(".repeat(100_000)));
        trees.insert("1", "pkg/tests/a.py", function("    return x + 1"));
        let mut finder = DoctestFinder::new(Rules::default(), 0);
        let (problems, funnel) = finder.problems(&trees, &TreeId("1".to_owned()), "pkg").unwrap();
        assert!(problems.is_empty());
        assert_eq!(funnel.skipped.iter().collect::<Vec<_>>(), [("file-unreadable", 2)]);
        assert!(finder.problems(&trees, &TreeId("2".to_owned()), "pkg").is_err());
    });
}
