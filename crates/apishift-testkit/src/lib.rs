//! Fixtures for tests: histories on disk, package indexes on loopback, in-memory trees.
