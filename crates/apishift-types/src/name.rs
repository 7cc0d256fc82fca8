//! Names of distributions.

/// A distribution name as PEP 503 normalises it: lowercase, runs of `-`, `_` and `.` as one `-`.
pub fn normalized_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for character in name.trim().chars() {
        match character {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            other => normal.extend(other.to_lowercase()),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalized_as_pep_503_says() {
        for (name, normal) in [("Flask", "flask"), ("ruamel.yaml", "ruamel-yaml"), ("a__b-._c", "a-b-c")] {
            assert_eq!(normalized_name(name), normal);
        }
    }
}
