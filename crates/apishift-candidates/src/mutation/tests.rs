use proptest::prelude::*;

use super::*;

/// What an operator makes of a program, without line ends.
fn made(source: &str, operator: Operator) -> Vec<String> {
    let found = mutants(source).into_iter().filter(|mutant| mutant.operator == operator);
    found.map(|mutant| mutant.source.trim_end().to_owned()).collect()
}

#[test]
fn each_operator_puts_its_fault_where_it_belongs() {
    for (operator, source, expected) in [
        (Operator::Comparison, "x = a < b", "x = a >= b"),
        (Operator::Comparison, "x = a is not b", "x = a is b"),
        (Operator::Comparison, "x = (a) not in (b)", "x = (a) in (b)"),
        (Operator::Boundary, "x = a < b", "x = a <= b"),
        (Operator::Arithmetic, "x = (a) + (b)  # +", "x = (a) - (b)  # +"),
        (Operator::Arithmetic, "x *= 2.5", "x /= 2.5"),
        (Operator::Number, "x = 0", "x = 1"),
        (Operator::Number, "x = 1.25e-3", "x = 2.25e-3"),
        (Operator::Boolean, "f(x=True)", "f(x=False)"),
        (Operator::Connective, "x = a and (\n    b\n)", "x = a or (\n    b\n)"),
        (Operator::Negation, "if x:\n    y()", "if not x:\n    y()"),
        (Operator::Negation, "while not x:\n    y()", "while x:\n    y()"),
        (Operator::Negation, "z = [x for x in y if x or z]", "z = [x for x in y if not (x or z)]"),
        (Operator::ArgumentsSwapped, "f(a, b, k=1)", "f(b, a, k=1)"),
        (Operator::ReturnNone, "def f(a):\n    return(a)", "def f(a):\n    return None"),
        (Operator::ReturnPart, "def f(a):\n    return a + 2", "def f(a):\n    return a"),
        (Operator::Index, "x = y[0]", "x = y[1]"),
        (Operator::Text, "x = 'abc'", "x = 'ab'"),
        (Operator::LoopExit, "for x in y:\n    break", "for x in y:\n    continue"),
        (Operator::Variable, "def f(a, b):\n    g(a)", "def f(a, b):\n    g(b)"),
        (Operator::Variable, "p = 1\nq = 2\ng(p)", "p = 1\nq = 2\ng(q)"),
    ] {
        assert_eq!(made(source, operator), [expected], "{operator}");
    }
}

#[test]
fn arguments_go_with_their_commas() {
    let dropped = made("f(\n    a,\n    k=b,\n)", Operator::ArgumentDropped);
    assert_eq!(dropped, ["f(\n    k=b,\n)", "f(\n    a,\n)"]);
    assert_eq!(made("f(a)", Operator::ArgumentDropped), ["f()"]);
    assert_eq!(made("f(a,  # one\n  b)", Operator::ArgumentDropped).len(), 0, "comments would be lost");
    for harmless in [
        "np.zeros(*a, dtype=float)",
        "np.array(*a, dtype='i4')",
        "f(k=None)",
        "f(0)",
        "f(*a)",
        "f(verbose=x)",
        "print(a)",
        "f(k=[])",
    ] {
        assert_eq!(made(harmless, Operator::ArgumentDropped).len(), 0, "{harmless} may do the same without");
    }
}

#[test]
fn statements_go_with_their_lines() {
    let source = "def f():\n    '''Doc.'''\n    x = 1  # one\n    g(x)\n    return x\n";
    let dropped = made(source, Operator::StatementDropped);
    assert_eq!(dropped.len(), 2);
    assert_eq!(dropped[0], "def f():\n    '''Doc.'''\n    g(x)\n    return x");
    assert_eq!(dropped[1], "def f():\n    '''Doc.'''\n    x = 1  # one\n    return x");
    assert_eq!(made("x = 1\ny = 2", Operator::StatementDropped).len(), 0, "nobody reads them");
    assert_eq!(made("def f():\n    g()", Operator::StatementDropped).len(), 0, "nothing would be left");
    assert_eq!(made("f(); g()", Operator::StatementDropped).len(), 0, "they share a line");
}

#[test]
fn what_does_nothing_is_not_done() {
    for source in [
        "x = max(a, b)",
        "import a\nfrom b import c",
        "x: int",
        "'''Doc.'''",
        "raise ValueError('x', 1)",
        "np.random.seed(3)",
        "f(random_state=3)",
        "ax.set_title('abc')",
        "x = f'{a + 1}'",
        "def f(): return None",
        "if __name__ == '__main__':\n    pass",
        "a, = b",
        "@pytest.mark.skip(reason='abc')\ndef f(x): pass",
    ] {
        let found = mutants(source);
        assert!(
            found.iter().all(|mutant| mutant.operator == Operator::ArgumentDropped),
            "{source}: {found:?}"
        );
    }
}

#[test]
fn names_of_keywords_are_nearly_right() {
    let found = made("f(max_size=x, n=y)", Operator::Keyword);
    assert_eq!(found.len(), 2);
    assert!(
        found.iter().all(|text| text.contains("=x") && text.contains("=y") && text != "f(max_size=x, n=y)")
    );
}

#[test]
fn bad_programs_have_no_mutants() {
    for source in ["", "def (", "x = 1\0", &"(".repeat(400), "\u{feff}x = 1"] {
        assert_eq!(mutants(source), []);
    }
}

#[test]
fn a_choice_has_many_operators_and_stays_when_others_come() {
    let source = "def f(a, b):\n    x = a + 1\n    if x < b:\n        x = g(a, b)\n    return x\n";
    let all = mutants(source);
    let chosen = choose(all.clone(), 4, 9);
    let operators: BTreeSet<Operator> = chosen.iter().map(|mutant| mutant.operator).collect();
    assert_eq!((chosen.len(), operators.len()), (4, 4));
    assert_eq!(choose(all.iter().rev().cloned().collect(), 4, 9), chosen, "the order does not count");
    assert_eq!(choose(all.clone(), usize::MAX, 9).len(), all.len());
    assert_eq!(choose(Vec::new(), 3, 9), []);
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-d]",
        (0..20_u32).prop_map(|n| n.to_string()),
        "'[a-z]{0,4}'",
        Just("True".to_owned()),
        Just("\u{e9}".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let pair = (inner.clone(), inner);
        prop_oneof![
            (pair.clone(), "[-+*/<>]").prop_map(|((a, b), op)| format!("({a} {op} {b})")),
            pair.clone().prop_map(|(a, b)| format!("f({a}, k={b})")),
            pair.clone().prop_map(|(a, b)| format!("({a})[{b}:]")),
            pair.clone().prop_map(|(a, b)| format!("({a} and not {b})")),
            pair.prop_map(|(a, b)| format!("[{a} for a in {b} if {a}]")),
        ]
    })
}

proptest! {
    #[test]
    fn mutants_are_other_programs_and_differ_from_each_other(parts in prop::collection::vec(expression(), 1..5)) {
        let lines: Vec<String> = parts.iter().enumerate().map(|(n, text)| format!("    v{n} = {text}")).collect();
        let source = format!("def f(a, b):\n{}\n    return v0\n", lines.join("\n"));
        let original = digest(&source);
        prop_assume!(original.is_some());
        let mut seen = BTreeSet::new();
        for mutant in mutants(&source) {
            let digest = digest(&mutant.source);
            prop_assert!(digest.is_some(), "no Python: {}", mutant.source);
            prop_assert!(digest != original && seen.insert(digest), "no other program: {}", mutant.source);
        }
    }
}
