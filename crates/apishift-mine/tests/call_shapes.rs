//! Calls whose shape changed behind `*args`: learnt from the made-up library `shelves`, followed by its users.

use std::fmt::Write as _;

use apishift_mine::{ChangeOptions, MigrateOptions, RuleSet, changes, migrations};
use apishift_syntax::ContentCache;
use apishift_testkit::memory_release;
use apishift_types::{ApiChange, ChangeKind, MemoryTree, Migration, Project, Role};

const LIBRARY: &str =
    "def pick(*books, **options):\n    return books\n\n\ndef count(*books):\n    return len(books)\n";

fn project(name: &str, role: Role) -> Project {
    Project {
        name: name.to_owned(),
        imports: vec![name.to_owned()],
        role,
        releases: vec![memory_release("1.0", "1.0"), memory_release("2.0", "2.0")],
    }
}

/// A test file with one test function for each line.
fn test_file(lines: &[&str]) -> String {
    let mut text = "import shelves\nfrom shelves import pick\n".to_owned();
    for (n, line) in lines.iter().enumerate() {
        let _ = write!(text, "\n\ndef test_{n}():\n    a, b, c = 1, 2, 3\n    {line}\n");
    }
    text
}

/// Two releases of `shelves` whose two test files hold these lines, before and after, every line in both files.
fn library(lines: &[(&str, &str)]) -> MemoryTree {
    let (old, new): (Vec<&str>, Vec<&str>) = lines.iter().copied().unzip();
    let mut trees = MemoryTree::default();
    for (version, lines) in [("1.0", old), ("2.0", new)] {
        trees.insert(version, "shelves/__init__.py", LIBRARY);
        trees.insert(version, "tests/test_one.py", test_file(&lines));
        trees.insert(version, "tests/test_two.py", test_file(&lines));
    }
    trees
}

fn mined(trees: &MemoryTree) -> Vec<ApiChange> {
    let project = project("shelves", Role::Library);
    let found = changes(&project, trees, &ContentCache::none(), &ChangeOptions::default());
    found.expect("trees in memory are readable").0
}

/// The rows, as `symbol (parameter): old -> new | what the evidence says`.
fn rows(lines: &[(&str, &str)]) -> Vec<String> {
    let rows = mined(&library(lines)).into_iter().map(|row| {
        assert_eq!(row.kind, ChangeKind::CallShapeChanged);
        let parameter = row.parameter.map(|name| format!(" ({name})")).unwrap_or_default();
        let side = |signature: Option<String>| signature.unwrap_or_default();
        let (old, new) = (side(row.old_signature), side(row.new_signature));
        format!("{}{parameter}: {old} -> {new} | {}", row.symbol, row.evidence[0].text)
    });
    rows.collect()
}

/// Edits that make `pick([a])` into `pick(a)`, three in each file.
const UNWRAPPED: [(&str, &str); 3] = [
    ("assert pick([a, b]) == c", "assert pick(a, b) == c"),
    ("assert shelves.pick([a], limit=2) == [c]", "assert shelves.pick(a, limit=2) == [c]"),
    ("c.put(pick([(a, b)]))", "c.put(pick((a, b)))"),
];

#[test]
fn a_list_that_became_separate_arguments_makes_a_row() {
    insta::assert_snapshot!(rows(&UNWRAPPED).join("\n"), @"shelves.pick: ([x, ...]) -> (x, ...) | Seen in 6 places (2 files) of the library's own tests, docs and examples: a list as the first argument became separate arguments.");
}

#[test]
fn a_keyword_that_became_positional_makes_a_row() {
    let lines = [
        ("pick(books={a: b})", "pick({a: b})"),
        ("pick(books={a: 1}, limit=c)", "pick({a: 1}, limit=c)"),
        ("pick(books=c).sort()", "pick(c).sort()"),
    ];
    insta::assert_snapshot!(rows(&lines).join("\n"), @"shelves.pick (books): (books=x) -> (x) | Seen in 6 places (2 files) of the library's own tests, docs and examples: the keyword `books` became a value as the first argument.");
}

#[test]
fn too_few_sightings_make_no_row() {
    assert_eq!(rows(&UNWRAPPED[..2]), Vec::<String>::new(), "four places");
    let mut trees = MemoryTree::default();
    let lines = UNWRAPPED.repeat(2);
    let (old, new): (Vec<&str>, Vec<&str>) = lines.into_iter().unzip();
    for (version, lines) in [("1.0", old), ("2.0", new)] {
        trees.insert(version, "shelves/__init__.py", LIBRARY);
        trees.insert(version, "tests/test_one.py", test_file(&lines));
    }
    assert!(mined(&trees).is_empty(), "six places of one file");
}

#[test]
fn what_is_not_the_librarys_own_makes_no_row() {
    let elsewhere =
        UNWRAPPED.map(|(old, new)| (old.replace("pick", "sorted"), new.replace("pick", "sorted")));
    let lines: Vec<(&str, &str)> = elsewhere.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
    assert_eq!(rows(&lines), Vec::<String>::new());
}

#[test]
fn a_list_that_is_data_makes_no_row() {
    let mut lines = UNWRAPPED.to_vec();
    lines.extend([("pick([a])", "pick([a])"), ("pick([b])", "pick([b])"), ("pick([c])", "pick([c])")]);
    assert_eq!(rows(&lines), Vec::<String>::new(), "the old shape is used as often as it was given up");
}

#[test]
fn edits_of_more_than_the_shape_make_no_row() {
    for (old, new) in [
        ("assert pick([a, b]) == c", "assert pick(a, c) == c"),
        ("assert pick([a, b]) == [c]", "assert pick(a, b) == (c,)"),
        ("assert pick([a, b]) == c", "assert shelves.count(a, b) == c"),
        ("pick(size=a)", "pick(limit=a)"),
    ] {
        assert_eq!(rows(&[(old, new); 4]), Vec::<String>::new(), "{old} => {new}");
    }
}

#[test]
fn two_functions_in_one_statement_make_a_row_each() {
    let line = ("assert pick([a, shelves.count([b])])", "assert pick(a, shelves.count(b))");
    let found: Vec<String> = mined(&library(&[line; 3])).into_iter().map(|row| row.symbol).collect();
    assert_eq!(found, ["shelves.count", "shelves.pick"]);
}

/// Migrations of a package that uses `shelves`.
fn migrated(old: &str, new: &str) -> Vec<Migration> {
    let rules = RuleSet::new(&mined(&library(&UNWRAPPED)));
    let mut trees = MemoryTree::default();
    trees.insert("1.0", "reader/main.py", old);
    trees.insert("2.0", "reader/main.py", new);
    let project = project("reader", Role::Dependent);
    let found = migrations(&project, &trees, &rules, &MigrateOptions::default(), &ContentCache::none());
    found.expect("trees in memory are readable").0
}

#[test]
fn users_follow_with_the_change_as_cause() {
    let old = "from shelves import pick\n\n\ndef first(a, log):\n    log.info('x')\n    return pick(\n        [a.title, a.name],\n        limit=1,\n    ).read([1, 2])\n";
    let new = "from shelves import pick\n\n\ndef first(a, log):\n    log.info('x')\n    return pick(a.title, a.name, limit=1).read([1, 2])\n";
    let rows = migrated(old, new);
    assert_eq!(rows.len(), 1);
    insta::assert_snapshot!(format!("{}---\n{}", rows[0].old_code, rows[0].new_code), @"
    from shelves import pick

    def first(a, log):
        log.info('x')
        return pick(
            [a.title, a.name],
            limit=1,
        ).read([1, 2])
    ---
    from shelves import pick

    def first(a, log):
        log.info('x')
        return pick(a.title, a.name, limit=1).read([1, 2])
    ");
    let own = migrations(
        &project("shelves", Role::Library),
        &library(&UNWRAPPED),
        &RuleSet::new(&mined(&library(&UNWRAPPED))),
        &MigrateOptions::default(),
        &ContentCache::none(),
    );
    assert!(!own.expect("trees in memory are readable").0.is_empty(), "the library's own tests follow too");
}

#[test]
fn users_edits_of_more_than_the_shape_are_left() {
    let head = "from shelves import pick, count\na, b, c = 1, 2, 3\n";
    let old = format!("{head}x = pick([a, b])\n");
    assert_eq!(migrated(&old, &format!("{head}x = pick(a, b)\n")).len(), 1, "the shape alone");
    assert_eq!(migrated(&old, &format!("{head}x = pick(*[a, b])\n")).len(), 1, "unpacked where it stood");
    for line in [
        "x = pick(a, c)",
        "x = pick(b, a)",
        "x = pick((a, b))",
        "x = pick(a, b)[0]",
        "x = pick(a, [b])",
        "x = pick(*a, b)",
        "x = pick(a, b, limit=1)",
        "x = count(a, b)",
        "x = pick([a, b], pick(a))",
    ] {
        assert!(migrated(&old, &format!("{head}{line}\n")).is_empty(), "{line}");
    }
}
