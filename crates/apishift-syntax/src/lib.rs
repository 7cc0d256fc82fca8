//! Source text to API surfaces, code units and documentation blocks, per language.
