//! What the migration engine takes as a migration, and what it leaves.

use apishift_mine::{MigrateOptions, RuleSet, migrations};
use apishift_syntax::ContentCache;
use apishift_testkit::memory_release;
use apishift_types::{
    ApiChange, ChangeKind, Evidence, EvidenceSource, MemoryTree, Migration, Origin, Project, Role, Skipped,
};

/// A change of the made-up library `shapes`.
fn change(
    kind: ChangeKind,
    symbol: &str,
    parameter: Option<&str>,
    replacement: Option<&str>,
    message: &str,
) -> ApiChange {
    ApiChange {
        id: format!("{symbol}/{}", parameter.unwrap_or_default()),
        library: "shapes".to_owned(),
        old_version: "1.0".to_owned(),
        new_version: "1.1".to_owned(),
        release_date: None,
        kind,
        symbol: symbol.to_owned(),
        aliases: Vec::new(),
        symbol_kind: "function".to_owned(),
        parameter: parameter.map(str::to_owned),
        replacement: replacement.map(str::to_owned),
        old_signature: None,
        new_signature: None,
        target_signature: None,
        evidence: vec![Evidence {
            source: EvidenceSource::DeprecationMessage,
            text: message.to_owned(),
            path: "shapes/__init__.py".to_owned(),
            line: 1,
        }],
        path: "shapes/__init__.py".to_owned(),
        line: 1,
    }
}

/// A function whose message names another one.
fn deprecated(name: &str, instead: &str) -> ApiChange {
    let message = format!("{name} is deprecated, use {instead} instead");
    let path = |name: &str| format!("shapes.{name}");
    change(ChangeKind::Deprecated, &path(name), None, Some(&path(instead)), &message)
}

/// A parameter whose default changes from 3 to 5.
fn new_default() -> ApiChange {
    let message = "The default of `steps` will be 5.";
    let mut told = change(ChangeKind::DefaultChanged, "shapes.draw", Some("steps"), None, message);
    told.old_signature = Some("draw(steps=3)".to_owned());
    told.new_signature = Some("draw(steps=5)".to_owned());
    told
}

fn mined(path: &str, old: &str, new: &str, changes: &[ApiChange]) -> (Vec<Migration>, Skipped) {
    mined_of(("user", Role::Dependent), path, (old, new), changes)
}

/// Of a project with two releases, which have one file.
fn mined_of(
    (name, role): (&str, Role),
    path: &str,
    (old, new): (&str, &str),
    changes: &[ApiChange],
) -> (Vec<Migration>, Skipped) {
    let mut trees = MemoryTree::default();
    trees.insert("1.0", path, old);
    trees.insert("1.1", path, new);
    let project = Project {
        name: name.to_owned(),
        imports: vec![name.to_owned()],
        role,
        releases: vec![memory_release("1.0", "1.0"), memory_release("1.1", "1.1")],
    };
    let found = migrations(
        &project,
        &trees,
        &RuleSet::new(changes),
        &MigrateOptions::default(),
        &ContentCache::none(),
    );
    found.expect("trees in memory are readable")
}

/// The only pair, as `old` + `---` + `new`.
fn pair(path: &str, old: &str, new: &str, changes: &[ApiChange]) -> String {
    let (rows, skipped) = mined(path, old, new, changes);
    assert_eq!(rows.len(), 1, "one pair is expected; left out: {skipped:?}");
    format!("{}---\n{}", rows[0].old_code, rows[0].new_code)
}

fn none(path: &str, old: &str, new: &str, changes: &[ApiChange]) {
    let (rows, _) = mined(path, old, new, changes);
    assert!(rows.is_empty(), "no pair is expected: {rows:#?}");
}

fn renamed() -> ApiChange {
    change(
        ChangeKind::Deprecated,
        "shapes.area",
        None,
        Some("surface"),
        "`area` is deprecated, use `surface` instead.",
    )
}

fn renamed_parameter() -> ApiChange {
    change(
        ChangeKind::ParameterRenamed,
        "shapes.Box",
        Some("size"),
        Some("edge"),
        "`size` was renamed to `edge`.",
    )
}

#[test]
fn a_renamed_function_in_a_test_is_cut_to_what_it_needs() {
    let old = "import shapes\nfrom other import thing\n\ndef test_area():\n    unused = thing()\n    box = shapes.Box(3)\n    box.paint('red')\n    assert shapes.area(box) == 9\n";
    let new = old.replace("shapes.area", "shapes.surface").replace("thing()", "thing(1)");
    insta::assert_snapshot!(pair("tests/test_a.py", old, &new, &[renamed()]), @"
    import shapes

    box = shapes.Box(3)
    box.paint('red')
    assert shapes.area(box) == 9
    ---
    import shapes

    box = shapes.Box(3)
    box.paint('red')
    assert shapes.surface(box) == 9
    ");
}

#[test]
fn a_small_function_is_kept_whole_and_other_edits_stay_out() {
    let old = "from shapes import area\n\nFACTOR = 2\n\ndef double(box, log):\n    log.info('x')\n    return FACTOR * area(box)\n";
    let new = old.replace("area", "surface").replace("log.info('x')", "log.debug('x')");
    insta::assert_snapshot!(pair("user/a.py", old, &new, &[renamed()]), @"
    from shapes import area

    FACTOR = 2

    def double(box, log):
        log.info('x')
        return FACTOR * area(box)
    ---
    from shapes import surface

    FACTOR = 2

    def double(box, log):
        log.info('x')
        return FACTOR * surface(box)
    ");
}

#[test]
fn a_renamed_parameter_is_found_through_aliases() {
    let old = "import shapes as sh\nbox = sh.Box(size=3)\nprint(box)\n";
    let new = old.replace("size", "edge");
    insta::assert_snapshot!(pair("examples/a.py", old, &new, &[renamed_parameter()]), @"
    import shapes as sh

    box = sh.Box(size=3)
    ---
    import shapes as sh

    box = sh.Box(edge=3)
    ");
}

#[test]
fn a_method_is_found_through_the_constructor() {
    let rule = change(
        ChangeKind::Removed,
        "shapes.Box.grow",
        None,
        Some("scale"),
        "`Box.grow` was removed, use `Box.scale`.",
    );
    let old = "import shapes\n\ndef f(n):\n    box = shapes.Box(n)\n    return box.grow(2)\n";
    let new = old.replace("grow", "scale");
    insta::assert_snapshot!(pair("user/a.py", old, &new, std::slice::from_ref(&rule)), @"
    import shapes

    def f(n):
        box = shapes.Box(n)
        return box.grow(2)
    ---
    import shapes

    def f(n):
        box = shapes.Box(n)
        return box.scale(2)
    ");
    // The same method of something else.
    none(
        "user/a.py",
        &old.replace("shapes.Box(n)", "n.box()"),
        &new.replace("shapes.Box(n)", "n.box()"),
        &[rule],
    );
}

#[test]
fn a_move_shows_in_the_import_only() {
    let rule = change(
        ChangeKind::Moved,
        "shapes.Box",
        None,
        Some("shapes.solids.Box"),
        "`Box` has moved to `shapes.solids`.",
    );
    let old = "from shapes import Box\nbox = Box(1)\n";
    let new = "from shapes.solids import Box\nbox = Box(1)\n";
    insta::assert_snapshot!(pair("examples/a.py", old, new, &[rule]), @"
    from shapes import Box

    box = Box(1)
    ---
    from shapes.solids import Box

    box = Box(1)
    ");
}

#[test]
fn unittest_methods_lose_their_class() {
    let old = "import unittest\nimport shapes\n\nclass T(unittest.TestCase):\n    def setUp(self):\n        self.box = shapes.Box(3)\n\n    def test_area(self):\n        self.assertEqual(shapes.area(self.box), 9)\n";
    let new = old.replace("shapes.area", "shapes.surface");
    insta::assert_snapshot!(pair("tests/test_a.py", old, &new, &[renamed()]), @"
    import shapes

    box = shapes.Box(3)
    assert shapes.area(box) == 9
    ---
    import shapes

    box = shapes.Box(3)
    assert shapes.surface(box) == 9
    ");
}

#[test]
fn parametrized_values_are_written_out() {
    let old = "import pytest\nimport shapes\n\n@pytest.mark.parametrize('n', [1, 2])\ndef test_area(n):\n    assert shapes.area(shapes.Box(n)) == n\n";
    let new = old.replace("shapes.area", "shapes.surface");
    insta::assert_snapshot!(pair("tests/test_a.py", old, &new, &[renamed()]), @"
    import shapes

    n = 1
    assert shapes.area(shapes.Box(n)) == n
    ---
    import shapes

    n = 1
    assert shapes.surface(shapes.Box(n)) == n
    ");
}

#[test]
fn what_a_rule_does_not_speak_of_is_left() {
    let old = "import shapes\nx = shapes.area(box(1))\n";
    let changes = [renamed(), renamed_parameter()];
    // The replacement does not show.
    none("examples/a.py", old, "import shapes\nx = shapes.volume(box(1))\n", &changes);
    // Another name rode along.
    none("examples/a.py", old, "import shapes\nx = shapes.surface(tin(1))\n", &changes);
    // The old form remains.
    none("examples/a.py", old, "import shapes\nx = shapes.surface(1) + shapes.area(box(1))\n", &changes);
    // The assertion is gone with the edit.
    none(
        "examples/a.py",
        "import shapes\nassert shapes.area(1)\n",
        "import shapes\nshapes.surface(1)\n",
        &changes,
    );
    // The test is about the warning.
    let warns = "import shapes, pytest\nwith pytest.warns(Warning):\n    shapes.area(1)\n";
    none("examples/a.py", warns, &warns.replace("area", "surface"), &changes);
    // A shim: the name means two things.
    let shim = "try:\n    from shapes import area as f\nexcept ImportError:\n    from shapes import surface as f\nf(1)\n";
    none("examples/a.py", shim, &shim.replace("f(1)", "f(2)"), &changes);
    // Nothing tells what `box` is.
    none("examples/a.py", old, &old.replace("area", "surface"), &changes);
}

#[test]
fn a_builtin_takes_the_place_of_a_name_that_stood_for_it() {
    let message =
        "`shapes.float` was an alias for the builtin `float`. Use `float` by itself, or `shapes.float64`.";
    let code = |name: &str| format!("import shapes as sh\n\n\ndef size(x):\n    return x.cast({name})\n");
    for replacement in [None, Some("float")] {
        let gone = [change(ChangeKind::Removed, "shapes.float", None, replacement, message)];
        let (rows, skipped) = mined("user/a.py", &code("sh.float"), &code("float"), &gone);
        assert_eq!(rows.len(), 1, "{replacement:?}: {skipped:?}");
    }
    for replacement in [None, Some("float")] {
        let gone = [change(ChangeKind::Removed, "shapes.float", None, replacement, message)];
        let (rows, _) = mined("user/a.py", &code("sh.float"), &code("sh.float64"), &gone);
        assert_eq!(rows.len(), 1, "the other name that is told");
        let (rows, _) = mined("user/a.py", &code("sh.float"), &code("sh.float32"), &gone);
        assert_eq!(rows.len(), 0, "a name of which nothing speaks");
    }
    let gone = [change(ChangeKind::Removed, "shapes.float", None, None, message)];
    let (rows, _) = mined("user/a.py", &code("sh.float"), &code("int"), &gone);
    assert_eq!(rows.len(), 0, "nothing speaks of it");
}

#[test]
fn what_comes_from_a_module_for_both_versions_is_left() {
    let old = "from shapes import area\n\n\ndef double(box):\n    return 2 * area(box)\n";
    let new = |module: &str| old.replace("area", "surface").replace("from shapes", &format!("from {module}"));
    let changes = [renamed()];
    none("user/a.py", old, &new("user._compat"), &changes);
    none("user/a.py", old, &new("._compat"), &changes);
    pair("user/a.py", old, &new("shapes"), &changes);
}

#[test]
fn where_an_error_is_expected_a_dependent_may_follow_a_rule() {
    let code = |name: &str| {
        format!(
            "import pytest\nimport shapes\n\n\ndef test_fails():\n    with pytest.raises(ValueError):\n        shapes.{name}(-1)\n"
        )
    };
    pair("tests/test_a.py", &code("area"), &code("surface"), &[renamed()]);
    let warned = code("area").replace("raises(ValueError)", "warns(DeprecationWarning)");
    let warned_new = warned.replace("area", "surface");
    none("tests/test_a.py", &warned, &warned_new, &[renamed()]);
}

#[test]
fn python_is_followed_before_a_name_is_gone() {
    let gone = |version: &str, day: &str| ApiChange {
        library: "python".to_owned(),
        new_version: version.to_owned(),
        release_date: Some(day.to_owned()),
        ..change(ChangeKind::Moved, "shapes.area", None, Some("shapes.new.area"), "`shapes.area` is gone.")
    };
    let other = |version: &str, day: &str| ApiChange {
        id: version.to_owned(),
        symbol: "shapes.other".to_owned(),
        ..gone(version, day)
    };
    let known = [gone("3.10", "2021-10-04"), other("3.8", "2019-10-14"), other("3.9", "2020-10-05")];
    let rules = RuleSet::new(&known);
    let rule = rules.rules.iter().find(|rule| rule.paths[0] == "shapes.area").expect("a rule");
    assert!(rule.step_by(None, Some("2019-11-01")).is_some());
    assert!(rule.step_by(None, Some("2019-10-01")).is_none());
}

#[test]
fn what_a_library_does_inside_follows_the_rules_of_others_only() {
    let mut trees = MemoryTree::default();
    let code = |call: &str| format!("import boxes\nimport shapes\n\n\ndef size(x):\n    return {call}(x)\n");
    let files = [("boxes.old", "boxes.new"), ("shapes.old", "shapes.new")];
    for (name, (old, new)) in ["a", "b"].into_iter().zip(files) {
        trees.insert("1.0", &format!("boxes/{name}.py"), code(old));
        trees.insert("2.0", &format!("boxes/{name}.py"), code(new));
    }
    let of = |library: &str| ApiChange {
        library: library.to_owned(),
        ..change(
            ChangeKind::Deprecated,
            &format!("{library}.old"),
            None,
            Some(&format!("{library}.new")),
            "Use `new`.",
        )
    };
    let project = Project {
        name: "boxes".to_owned(),
        imports: vec!["boxes".to_owned()],
        role: Role::Library,
        releases: vec![memory_release("1.0", "1.0"), memory_release("2.0", "2.0")],
    };
    let rules = RuleSet::new(&[of("boxes"), of("shapes")]);
    let (rows, skipped) =
        migrations(&project, &trees, &rules, &MigrateOptions::default(), &ContentCache::none())
            .expect("trees in memory are readable");
    let found: Vec<(&str, &str)> = rows.iter().map(|row| (row.library.as_str(), row.path.as_str())).collect();
    assert_eq!(found, [("shapes", "boxes/b.py")], "{skipped:?}");
}

#[test]
fn a_method_of_an_unknown_object_may_have_a_plain_name_where_its_replacement_shows() {
    let of = |name: &str, replacement: Option<&str>| {
        [change(
            ChangeKind::Deprecated,
            &format!("shapes.Box.{name}"),
            None,
            replacement,
            "Use something else.",
        )]
    };
    let code = |call: &str| {
        format!(
            "import shapes\n\n\ndef first(path):\n    box = shapes.load(path)\n    return next(box.{call}())\n"
        )
    };
    let count = |old: &str, new: &str, changes: &[ApiChange]| {
        mined("user/a.py", &code(old), &code(new), changes).0.len()
    };
    let iterating = of("itersides", Some("shapes.Box.sides"));
    assert_eq!(count("itersides", "sides", &iterating), 1);
    assert_eq!(count("itersides", "edges", &iterating), 0, "something else comes instead");
    assert_eq!(count("itersides", "sides", &of("itersides", None)), 0, "nobody says what comes instead");
    assert_eq!(count("values", "sides", &of("values", Some("shapes.Box.sides"))), 0, "dictionaries have it");
}

#[test]
fn the_replacement_may_be_reached_on_another_path() {
    let gone = [change(
        ChangeKind::Removed,
        "shapes.tree_multimap",
        None,
        Some("shapes.tree_map"),
        "Use `tree_map` instead.",
    )];
    let code = |call: &str| format!("import shapes\n\n\ndef double(x):\n    return {call}(int, x)\n");
    let count = |new: &str| mined("user/a.py", &code("shapes.tree_multimap"), &code(new), &gone).0.len();
    assert_eq!(count("shapes.tree_util.tree_map"), 1);
    assert_eq!(count("other.tree_util.tree_map"), 0, "it is another library's");
    assert_eq!(count("shapes.tree_util._inner.tree_map"), 0, "it is the library's own affair");
}

#[test]
fn another_callable_may_do_what_the_old_one_did_with_a_keyword() {
    let message = "`fill` with `method` is deprecated. Use `fill_forward()` or `fill_backward()` instead.";
    let gone = [change(ChangeKind::Deprecated, "shapes.fill", Some("method"), None, message)];
    let code = |call: &str| format!("import shapes\n\n\ndef first(x):\n    return shapes.{call}\n");
    let count = |new: &str| mined("user/a.py", &code("fill(x, method='pad')"), &code(new), &gone).0.len();
    assert_eq!(count("fill_forward(x)"), 1);
    assert_eq!(count("drop(x)"), 0, "nothing speaks of it");
    assert_eq!(count("fill(x, fill_forward)"), 0, "it is not called, and the value of the keyword is gone");
}

/// Pairs made of the library's own code, as `old` + `---` + `new`.
fn synthesized(old: &str, changes: &[ApiChange]) -> Vec<String> {
    let (rows, _) = mined_of(("shapes", Role::Library), "tests/test_areas.py", (old, old), changes);
    let text = |row: &Migration| {
        assert_eq!(row.origin, Origin::Synthesized);
        assert!(row.quality <= 0.7, "no threshold takes it unless it is run");
        assert_eq!((row.project_old.as_str(), row.project_new.as_str()), ("1.0", "1.0"));
        format!("{}---\n{}", row.old_code, row.new_code)
    };
    rows.iter().map(text).collect()
}

#[test]
fn uses_that_nobody_edited_are_rewritten_by_the_rule() {
    let renamed = deprecated("area", "surface");
    let mut keyword = change(
        ChangeKind::ParameterRenamed,
        "shapes.draw",
        Some("colour"),
        Some("color"),
        "colour is deprecated, use color instead",
    );
    keyword.new_signature = Some("draw(shape, color=None)".to_owned());
    let changes = [renamed, keyword];
    let module = "import shapes as sh\n\ndef test_area():\n    side = 3\n    assert sh.area(side) == 9\n";
    insta::assert_snapshot!(synthesized(module, &changes).join("====\n"));
    let name = "from shapes import area\n\ndef test_area():\n    assert area(3) == 9\n";
    insta::assert_snapshot!(synthesized(name, &changes).join("====\n"));
    let call = "import shapes\n\ndef test_draw():\n    shapes.draw(1, colour='red')\n";
    insta::assert_snapshot!(synthesized(call, &changes).join("====\n"));
}

#[test]
fn what_the_rule_does_not_say_how_to_rewrite_stays() {
    let gone = change(ChangeKind::Removed, "shapes.area", None, None, "area is gone");
    let mut unknown = change(
        ChangeKind::ParameterRenamed,
        "shapes.draw",
        Some("colour"),
        Some("color"),
        "colour is deprecated, use color instead",
    );
    // The new signature does not take it.
    unknown.new_signature = Some("draw(shape)".to_owned());
    let code = "import shapes\n\ndef test_all():\n    shapes.draw(1, colour='red')\n    shapes.area(3)\n";
    assert!(synthesized(code, &[gone, unknown]).is_empty());
    let renamed = deprecated("area", "surface");
    // Where its warning is what the test is about.
    let warns = "import pytest\nimport shapes\n\ndef test_area():\n    with pytest.warns(DeprecationWarning):\n        shapes.area(3)\n";
    assert!(synthesized(warns, &[renamed]).is_empty());
}

#[test]
fn a_replacement_that_is_told_with_keywords_has_some_of_them() {
    let told = change(
        ChangeKind::Deprecated,
        "shapes.Square",
        None,
        Some("shapes.Polygon"),
        "Square is deprecated, use Polygon(corners=4, regular=True) instead",
    );
    let old = "import shapes\n\ndef draw(size):\n    return shapes.Square(size)\n";
    let bare = old.replace("Square(size)", "Polygon(size)");
    let (rows, _) = mined("user/draw.py", old, &bare, std::slice::from_ref(&told));
    assert!(rows.is_empty(), "{rows:?}");
    let whole = old.replace("Square(size)", "Polygon(size, corners=4)");
    assert_eq!(mined("user/draw.py", old, &whole, &[told]).0.len(), 1);
}

#[test]
fn a_pair_that_is_half_migrated_is_left() {
    let changes = [deprecated("area", "surface"), deprecated("scale", "resize")];
    let old =
        "import shapes\n\ndef draw(size):\n    side = shapes.scale(size)\n    return shapes.area(side)\n";
    let half = old.replace("area(", "surface(");
    let (rows, skipped) = mined("user/draw.py", old, &half, &changes);
    assert!(rows.is_empty(), "{rows:?}");
    assert_eq!(skipped.iter().collect::<Vec<_>>(), [("old-api-remains", 1)]);
}

#[test]
fn a_value_that_was_given_by_position_is_no_answer_to_a_new_default() {
    let told = new_default();
    let old = "import shapes\n\ndef draw():\n    return shapes.draw(5)\n";
    let named = old.replace("(5)", "(steps=5)");
    assert!(mined("user/draw.py", old, &named, std::slice::from_ref(&told)).0.is_empty());
    let (before, after) = (old.replace("(5)", "()"), named);
    assert_eq!(mined("user/draw.py", &before, &after, &[told]).0.len(), 1);
}

#[test]
fn an_import_goes_before_pythons_own_name() {
    let renamed = deprecated("area", "surface");
    let old = "import shapes\nfrom tables import ascii\n\ndef read(path):\n    return ascii.read(shapes.area(path))\n";
    let (rows, _) = mined("user/read.py", old, &old.replace("area(", "surface("), &[renamed]);
    assert!(rows[0].old_code.contains("from tables import ascii"), "{}", rows[0].old_code);
}

#[test]
fn a_renamed_keyword_keeps_its_value() {
    let old = "from shapes import Box\n\nbox = Box(size='small')\n";
    let same = old.replace("size=", "edge=");
    assert_eq!(mined("user/draw.py", old, &same, &[renamed_parameter()]).0.len(), 1);
    none("user/draw.py", old, &same.replace("small", "tiny"), &[renamed_parameter()]);
    assert_eq!(
        mined("user/draw.py", old, &same.replace("small", "edge-small"), &[renamed_parameter()]).0.len(),
        1
    );
}

#[test]
fn code_that_imports_from_its_own_package_does_not_stand_alone() {
    let old =
        "import shapes\n\ndef draw(size):\n    from .colours import red\n    return shapes.area(size), red\n";
    let (rows, skipped) = mined("user/draw.py", old, &old.replace("area", "surface"), &[renamed()]);
    assert!(rows.is_empty(), "{rows:?}");
    assert_eq!(skipped.iter().collect::<Vec<_>>(), [("relative-import", 1)]);
}

#[test]
fn a_default_that_is_written_out_years_later_answers_to_no_change_of_it() {
    let mut told = new_default();
    told.release_date = Some("2020-01-15".to_owned());
    let mut trees = MemoryTree::default();
    let old = "import shapes\n\ndef draw():\n    return shapes.draw()\n";
    trees.insert("1.0", "user/draw.py", old);
    trees.insert(
        "1.1",
        "user/draw.py",
        old.replace("draw()\n", "draw(steps=3)\n").replace("def draw(steps=3)", "def draw()"),
    );
    let found = |year: i16| {
        let mut later = memory_release("1.1", "1.1");
        later.date = Some(jiff::civil::date(year, 1, 14));
        let project = Project {
            name: "user".to_owned(),
            imports: vec!["user".to_owned()],
            role: Role::Dependent,
            releases: vec![memory_release("1.0", "1.0"), later],
        };
        let rules = RuleSet::new(std::slice::from_ref(&told));
        migrations(&project, &trees, &rules, &MigrateOptions::default(), &ContentCache::none())
            .expect("trees in memory are readable")
            .0
            .len()
    };
    assert_eq!([2021, 2022, 2023].map(found), [1, 1, 0]);
}

#[test]
fn a_method_that_uses_its_own_name_for_something_else_is_left() {
    let method = "class Probe:\n    def surface(self, side):\n        return surface(area(side))\n";
    let old = format!("from shapes import area\nfrom tools import surface\n\n\n{method}");
    let (rows, skipped) =
        mined("user/draw.py", &old, &old.replace("area", "resize"), &[deprecated("area", "resize")]);
    assert!(rows.is_empty(), "{rows:?}");
    assert_eq!(skipped.iter().collect::<Vec<_>>(), [("method-uses-its-name", 1)]);
}

#[test]
fn an_import_of_the_old_api_under_the_new_name_serves_both() {
    let old = "from shapes import area as surface\n\nprint(surface(2))\n";
    let new = "from shapes import surface\n\nprint(surface(2))\n";
    none("user/draw.py", old, new, &[deprecated("area", "surface")]);
    let other = old.replace("as surface", "as measure").replace("(surface(", "(measure(");
    assert_eq!(mined("user/draw.py", &other, new, &[deprecated("area", "surface")]).0.len(), 1);
}

#[test]
fn an_import_that_keeps_its_alias_is_followed() {
    let old = "from shapes import area as _\n\nprint(_(2))\n";
    let new = old.replace("area", "surface");
    assert_eq!(mined("user/draw.py", old, &new, &[deprecated("area", "surface")]).0.len(), 1);
}

#[test]
fn one_of_several_that_goes_is_not_replaced() {
    let old = "import shapes\n\nfunctions = [shapes.area, shapes.surface]\n";
    none("user/draw.py", old, &old.replace("shapes.area, ", ""), &[deprecated("area", "surface")]);
}

#[test]
fn an_object_of_unknown_type_is_of_a_class_that_is_near() {
    let far = change(
        ChangeKind::Deprecated,
        "shapes.masked.MaskedBox.to_text_form",
        None,
        Some("to_bytes_form"),
        "to_text_form is deprecated, use to_bytes_form instead",
    );
    let old = "import shapes\n\ndef write(boxes):\n    return shapes.pack(boxes).to_text_form()\n";
    let new = old.replace("to_text_form", "to_bytes_form");
    none("user/draw.py", old, &new, std::slice::from_ref(&far));
    let used = |text: &str| text.replace("shapes.pack", "shapes.masked.pack");
    assert_eq!(mined("user/draw.py", &used(old), &used(&new), &[far]).0.len(), 1);
}
