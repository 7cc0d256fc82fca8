//! Run folders, manifests, and the Arrow schema of every table.
