use super::*;

fn all(source: &str, rewording: Rewording) -> Vec<String> {
    let found = equivalents(source).into_iter().filter(|one| one.rewording == rewording);
    found.map(|one| one.source).collect()
}

#[test]
fn variables_are_renamed_wherever_they_are() {
    let source = "def f(x):\n    total = 0\n    for i in x:\n        total += i\n    return total\n";
    let found = all(source, Rewording::Renamed);
    assert_eq!(found.len(), 2, "`total` and `i`; `x` may be given by keyword");
    assert!(found.iter().any(|text| text.contains("for idx in x:\n        total += idx\n")));
}

#[test]
fn what_others_may_know_keeps_its_name() {
    for source in [
        "x = 1\nprint('x is here')\n",
        "x = 1\nprint(f'{x=}')\n",
        "x = 1\nprint(locals())\n",
        "import x\nx = x.y\n",
        "class A:\n    x = 1\n",
        "def f():\n    global x\n    x = 1\n",
        "X = 1\nprint(X)\n",
        "def x():\n    pass\nx = x()\n",
        "try:\n    pass\nexcept E as x:\n    x = 1\n",
        "match y:\n    case x:\n        x = 1\n",
    ] {
        assert_eq!(all(source, Rewording::Renamed), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn keywords_of_the_same_name_stay() {
    assert_eq!(all("alpha = 1\nf(alpha=alpha, b=alpha.alpha)\n", Rewording::Renamed).len(), 1);
    let found = all("alpha = 1\nf(alpha=alpha, b=alpha.alpha)\n", Rewording::Renamed).concat();
    let other = found.split(' ').next().unwrap();
    assert_eq!(found, format!("{other} = 1\nf(alpha={other}, b={other}.alpha)\n"));
}

#[test]
fn modules_get_another_alias() {
    assert_eq!(
        all("import numpy as np\nx = np.ones(3)\n", Rewording::ImportAlias),
        ["import numpy\nx = numpy.ones(3)\n"]
    );
    assert_eq!(
        all("import a.plots as pl\npl.show()\n", Rewording::ImportAlias),
        ["import a.plots as plots\nplots.show()\n"]
    );
    assert_eq!(all("import numpy as np\nnumpy = np.ones(3)\nnumpy.x\n", Rewording::ImportAlias).len(), 1);
    assert_eq!(
        all("import numpy\nx = numpy.ones(3)\n", Rewording::ImportAlias).len(),
        0,
        "there is no alias"
    );
    assert_eq!(all("import a as np\nimport b as np\nnp.x\n", Rewording::ImportAlias).len(), 0, "two of them");
}

#[test]
fn keywords_change_places_where_nobody_notices() {
    assert_eq!(all("f(1, a=2, b=x)\n", Rewording::KeywordOrder), ["f(1, b=x, a=2)\n"]);
    assert_eq!(all("f(a=g(), b=x)\n", Rewording::KeywordOrder).len(), 0, "a call may do something");
    assert_eq!(all("dict(a=1, b=2)\n", Rewording::KeywordOrder).len(), 0, "dictionaries keep their order");
    assert_eq!(all("f(a=1, **b)\n", Rewording::KeywordOrder).len(), 0);
}

#[test]
fn layouts_keep_the_tree() {
    assert_eq!(all("x = 'a' + \"b'\"\n", Rewording::Quotes), ["x = \"a\" + \"b'\"\n"]);
    assert_eq!(all("x = r'a'\ny = '\\n'\nz = f'{q['k']}'\n", Rewording::Quotes).len(), 0);
    assert_eq!(all("x = a + b\n", Rewording::Parentheses), ["x = (a + b)\n"]);
    assert_eq!(all("x = f(1, b=2)\n", Rewording::Layout), ["x = f(\n    1,\n    b=2,\n)\n"]);
    assert_eq!(all("x = f(\n    1,\n    b=2,\n)\n", Rewording::Layout), ["x = f(1, b=2)\n"]);
    assert_eq!(all("x = f(a for a in b)\n", Rewording::Layout).len(), 0);
    assert_eq!(all("x = 1\n\ny = 2\n", Rewording::BlankLine), ["x = 1\ny = 2\n"]);
    assert_eq!(all("x = 1\ny = 2\n", Rewording::BlankLine), ["x = 1\n\ny = 2\n"]);
    assert!(all("x = 1  # why\ny = 2\n", Rewording::Comment).contains(&"x = 1\ny = 2\n".to_owned()));
    assert!(all("# why\nx = 1\n", Rewording::Comment).contains(&"x = 1\n".to_owned()));
    assert_eq!(all("x = 1  # noqa\n", Rewording::Comment).len(), 0, "tools read it");
}

#[test]
fn choices_are_of_different_kinds_and_stay() {
    let source = "import numpy as np\n\nx = np.ones(3, dtype='f')\ny = x + 1\n";
    let chosen = reworded(source, 3, 7);
    let kinds: BTreeSet<Rewording> = chosen.iter().map(|one| one.rewording).collect();
    assert_eq!((chosen.len(), kinds.len()), (3, 3));
    assert_eq!(chosen, reworded(source, 3, 7));
    assert_eq!(reworded("def (", 3, 7), []);
}
