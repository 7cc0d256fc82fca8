//! API changes between releases, and the migrations that they caused.
