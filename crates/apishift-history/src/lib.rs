//! Release sources (git, package index) as bare git repositories.
