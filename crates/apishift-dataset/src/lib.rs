//! Filters, deduplication, splits, statistics, dataset card, and queries over tables.
