//! Members of classes that may serve more than they show.

use apishift_types::ChangeKind;

use crate::mined;

const OPEN: &str = "class Box:\n    def __getattr__(self, name):\n        return self.parts[name]\n";

#[test]
fn a_member_that_getattr_may_serve_is_gone_only_where_its_end_was_announced() {
    let silent = "\n    def lid(self):\n        return 1\n";
    assert_eq!(mined(&format!("{OPEN}{silent}"), OPEN), []);
    let announced = "\n    def lid(self):\n        warnings.warn('lid is deprecated', DeprecationWarning)\n        return 1\n";
    let rows = mined(&format!("{OPEN}{announced}"), OPEN);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].kind, rows[0].symbol.as_str()), (ChangeKind::Removed, "shapes.Box.lid"));
}

#[test]
fn a_member_that_is_set_on_self_now_is_not_gone() {
    let old = format!(
        "{OPEN}\n    @property\n    def lid(self):\n        warnings.warn('lid is deprecated', DeprecationWarning)\n        return 1\n"
    );
    let new = format!("{OPEN}\n    def __init__(self):\n        self.lid = 1\n");
    assert!(mined(&old, &new).iter().all(|row| row.kind != ChangeKind::Removed));
}
