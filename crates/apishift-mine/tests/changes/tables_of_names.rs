//! Names that no release defines where it can be seen, and a table speaks of.

use apishift_types::{ApiChange, ChangeKind};

use crate::mined_beside;

/// Another function of the name of a builtin.
const DECOY: &[(&str, &str)] = &[("shapes/arrays.py", "def float(x):\n    return x\n")];

const OLD: &str = "from builtins import float\nimport _shapes\nglobals().update(_shapes.made)\n";

const SERVED: &str = "\n\ndef __getattr__(name):\n    if name in __former_attrs__:\n        raise AttributeError(__former_attrs__[name])\n";

fn removed(rows: &[ApiChange]) -> Vec<(&str, Option<&str>, &str)> {
    let removed = rows.iter().filter(|row| row.kind == ChangeKind::Removed);
    removed
        .map(|row| (row.symbol.as_str(), row.replacement.as_deref(), row.evidence[0].text.as_str()))
        .collect()
}

#[test]
fn a_table_tells_of_names_that_are_made_at_run_time() {
    let new = format!(
        "__former_attrs__ = {{\n    'square_': 'Use `shapes.square64` instead.',\n    'silent': '',\n}}\nsquare64 = 64\n{SERVED}"
    );
    let rows = mined_beside(DECOY, OLD, &new);
    assert_eq!(
        removed(&rows),
        [("shapes.square_", Some("shapes.square64"), "Use `shapes.square64` instead.")]
    );
    assert_eq!(mined_beside(DECOY, &new, &new), [], "nothing new is said");
}

#[test]
fn a_table_that_is_made_of_a_list_is_read() {
    let new = format!(
        "if True:\n    _told = '`shapes.{{n}}` was an alias for the builtin. Use `{{n}}` by itself.{{more}}'\n    _rows = [\n        ('float', ' Or wait.'),\n        ('int', ''),\n    ]\n    __former_attrs__ = {{n: _told.format(n=n, more=more) for n, more in _rows}}\n{SERVED}"
    );
    let rows = mined_beside(DECOY, OLD, &new);
    let told = removed(&rows);
    assert_eq!(
        told,
        [
            (
                "shapes.float",
                Some("float"),
                "`shapes.float` was an alias for the builtin. Use `float` by itself. Or wait."
            ),
            ("shapes.int", Some("int"), "`shapes.int` was an alias for the builtin. Use `int` by itself."),
        ]
    );
}

#[test]
fn a_table_that_is_filled_later_is_read_as_it_was_then() {
    let new = "import builtins\n_told = '`shapes.{n}` is an alias for `{n}`. Use `{n}` by itself.'\n_rows = [('float', 1), ('int', 2)]\n\
               __deprecated_attrs__ = {}\n__deprecated_attrs__.update({\n    n: (getattr(builtins, n), _told.format(n=n)) for n, _ in _rows\n})\n\
               _told = 'Something else: {n}.'\n_rows = []\n__deprecated_attrs__['long'] = (int, 'Use `int` for `shapes.long`.')\n";
    let rows = mined_beside(DECOY, OLD, new);
    let told: Vec<(&str, ChangeKind, &str)> =
        rows.iter().map(|row| (row.symbol.as_str(), row.kind, row.evidence[0].text.as_str())).collect();
    assert_eq!(
        told,
        [
            (
                "shapes.float",
                ChangeKind::Deprecated,
                "`shapes.float` is an alias for `float`. Use `float` by itself."
            ),
            (
                "shapes.int",
                ChangeKind::Deprecated,
                "`shapes.int` is an alias for `int`. Use `int` by itself."
            ),
            ("shapes.long", ChangeKind::Deprecated, "Use `int` for `shapes.long`."),
        ]
    );
}

#[test]
fn a_name_that_is_still_there_is_not_gone() {
    let new = format!("__former_attrs__ = {{'float': 'Use `float` by itself.'}}\nfloat = 1\n{SERVED}");
    assert_eq!(removed(&mined_beside(DECOY, OLD, &new)), []);
}
