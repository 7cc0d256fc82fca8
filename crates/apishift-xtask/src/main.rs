//! Generators and tidiness checks of the workspace.
fn main() {}
