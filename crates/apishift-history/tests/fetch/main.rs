//! Fetching, against package indexes and git repositories on this machine.

mod dates;
mod git;
mod installing;
mod network;
mod parts;
mod place;
mod refusals;
mod releases;
mod restarts;
mod typeshed;
