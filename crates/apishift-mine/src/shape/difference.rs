//! How two calls of the same thing differ.

use apishift_syntax::code::{Call, Statement};

use super::{
    arguments::{Written, arguments},
    change::{Form, Place, ShapeChange, Slot},
};

/// What two argument lists have to do with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// The same arguments in the same shape; what is inside them may differ in its brackets.
    None,
    /// The same arguments, one of them in another shape.
    Shape(ShapeChange),
    /// Other arguments.
    Other,
}

/// Compares the arguments of two calls.
pub(crate) fn difference(old: (&Statement, &Call), new: (&Statement, &Call)) -> Difference {
    let (old, new) = (arguments(old.0, old.1), arguments(new.0, new.1));
    let before = old.iter().zip(&new).take_while(|(a, b)| a.is_like(b)).count();
    let (old_rest, new_rest) = (&old[before..], &new[before..]);
    let after = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a.is_like(b)).count();
    let (old_mid, new_mid) = (&old_rest[..old_rest.len() - after], &new_rest[..new_rest.len() - after]);
    if old_mid.is_empty() && new_mid.is_empty() {
        return Difference::None;
    }
    let at = old[..before].iter().all(Written::is_positional).then_some(before);
    forms(old_mid, new_mid)
        .and_then(|forms| change(forms, at, (old_mid, new_mid)))
        .map_or(Difference::Other, Difference::Shape)
}

/// The forms of what differs: one argument against one, or one against its elements.
fn forms(old: &[Written<'_>], new: &[Written<'_>]) -> Option<(Form, Form)> {
    if let [old] = old {
        if is_spread_of(old, new) {
            return Some((old.form, Form::Items));
        }
    }
    if let [new] = new {
        if is_spread_of(new, old) {
            return Some((Form::Items, new.form));
        }
    }
    let ([old], [new]) = (old, new) else { return None };
    if !old.same_words(new) {
        return None;
    }
    Some(if old.form == new.form { (Form::Value, Form::Value) } else { (old.form, new.form) })
}

/// Whether the arguments are the elements of the literal, in order.
fn is_spread_of(literal: &Written<'_>, items: &[Written<'_>]) -> bool {
    if !matches!(literal.form, Form::List | Form::Tuple | Form::Set) {
        return false;
    }
    let elements = literal.elements();
    elements.len() == items.len() && elements.iter().zip(items).all(|(element, item)| element.is_like(item))
}

fn change(
    (from, to): (Form, Form),
    at: Option<usize>,
    (old, new): (&[Written<'_>], &[Written<'_>]),
) -> Option<ShapeChange> {
    let place = |side: &[Written<'_>]| match side.first().and_then(|argument| argument.name) {
        Some(name) => Some(Place::Keyword(name.to_owned())),
        None => at.map(Place::Position),
    };
    let (old_place, new_place) = (place(old)?, place(new)?);
    // Two keywords: a parameter has another name, which is no matter of shape.
    let is_rename =
        old_place != new_place && matches!((&old_place, &new_place), (Place::Keyword(_), Place::Keyword(_)));
    // Without brackets, a star and a keyword, nothing is left to tell the shapes apart.
    let is_nothing = old_place == new_place && from == to;
    (!is_rename && !is_nothing).then_some(ShapeChange {
        from: Slot { place: old_place, form: from },
        to: Slot { place: new_place, form: to },
    })
}

#[cfg(test)]
mod tests {
    use apishift_syntax::code::CodeFile;

    use super::*;

    fn between(old: &str, new: &str) -> String {
        let (old, new) = (CodeFile::parse(old, "").expect("code"), CodeFile::parse(new, "").expect("code"));
        let (old, new) = (&old.units[0].statements[0], &new.units[0].statements[0]);
        match difference((old, &old.calls[0]), (new, &new.calls[0])) {
            Difference::Shape(change) => format!("{} -> {}", change.from, change.to),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn one_argument_changes_its_shape() {
        let cases = [
            ("f([a, b])", "f(a, b)", "([x, ...]) -> (x, ...)"),
            ("f([a])", "f(a)", "([x, ...]) -> (x, ...)"),
            ("f([])", "f()", "([x, ...]) -> (x, ...)"),
            ("f([a, *b], c=1)", "f(a, *b, c=1)", "([x, ...]) -> (x, ...)"),
            ("f([(a, b)], else_=c)", "f((a, b), else_=c)", "([x, ...]) -> (x, ...)"),
            ("f(s, (a, b))", "f(s, a, b)", "(_, (x, ...)) -> (_, x, ...)"),
            ("f(a, b)", "f([a, b])", "(x, ...) -> ([x, ...])"),
            ("f([a, b])", "f((a, b))", "([x, ...]) -> ((x, ...))"),
            ("f({a, b})", "f([a, b])", "({x, ...}) -> ([x, ...])"),
            ("f(a)", "f(*a)", "(x) -> (*x)"),
            ("f(whens={a: b})", "f({a: b})", "(whens=x) -> (x)"),
            ("f(whens=[a, b], c=1)", "f(a, b, c=1)", "(whens=[x, ...]) -> (x, ...)"),
            ("f(a, b)", "f(a, size=b)", "(_, x) -> (size=x)"),
        ];
        for (old, new, expected) in cases {
            assert_eq!(between(old, new), expected, "{old} => {new}");
        }
    }

    #[test]
    fn other_edits_are_no_change_of_shape() {
        for (old, new) in [
            ("f([a, b])", "f(a, c)"),
            ("f([a, b])", "f(b, a)"),
            ("f(size=a)", "f(edge=a)"),
            ("f([a] + [b])", "f([a], [b])"),
            ("f({a: b})", "f(a, b)"),
        ] {
            assert_eq!(between(old, new), "Other", "{old} => {new}");
        }
        assert_eq!(between("f(g([a]), 1)", "f(g(a), 1)"), "None", "the inner call is another call");
        assert_eq!(between("f([x for x in a])", "f(x for x in a)"), "None", "one argument, here and there");
    }
}
