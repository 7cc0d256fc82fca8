# Is no Python at all.
# expect: syntax
fn square(x: i64) -> i64 { x * x }
