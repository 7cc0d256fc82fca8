//! Changes between two releases, and migrations that they caused. Elements are modules of the library.

use std::hint::black_box;

use apishift_bench::synthetic;
use apishift_mine::{ChangeOptions, MigrateOptions, RuleSet, changes, migrations};
use apishift_syntax::ContentCache;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Modules of the made-up libraries: growth of the time beyond that of the size shows.
const SIZES: [usize; 3] = [4, 16, 64];

fn mining(c: &mut Criterion) {
    let mut group = c.benchmark_group("mine");
    group.sample_size(20);
    for size in SIZES {
        let world = synthetic::world(size);
        let folder = tempfile::tempdir().expect("a folder for the parse cache");
        let cache = ContentCache::open(&folder.path().join("parses.redb"));
        let mine = || {
            changes(&world.library, &world.library_trees, &cache, &ChangeOptions::default())
                .expect("a tree in memory")
        };
        let (rows, _) = mine();
        cache.flush();
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::new("changes", size), |b| b.iter(|| black_box(mine())));
        let rules = RuleSet::new(&rows);
        group.bench_function(BenchmarkId::new("migrations", size), |b| {
            b.iter(|| {
                let options = MigrateOptions::default();
                let cache = ContentCache::none();
                migrations(&world.dependent, &world.dependent_trees, black_box(&rules), &options, &cache)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, mining);
criterion_main!(benches);
