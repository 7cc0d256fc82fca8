//! Reading the surface of modules: parsed, and from the parse cache. Elements are lines of Python.

use std::hint::black_box;

use apishift_bench::synthetic;
use apishift_mine::surface::Surfaces;
use apishift_syntax::{ContentCache, surface::extract};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Modules of the made-up libraries.
const SIZES: [usize; 3] = [4, 16, 64];

fn extraction(c: &mut Criterion) {
    let source = synthetic::module(1, true);
    let mut group = c.benchmark_group("surface/extract");
    group.throughput(Throughput::Elements(source.lines().count() as u64));
    group.bench_function("module", |b| b.iter(|| extract(black_box(source.as_bytes()))));
    group.finish();
}

/// Both releases, which share no module.
fn trees(c: &mut Criterion) {
    let mut group = c.benchmark_group("surface/tree");
    for size in SIZES {
        let world = synthetic::world(size);
        group.throughput(Throughput::Elements(world.lines as u64));
        group.bench_with_input(BenchmarkId::new("parsed", size), &world, |b, world| {
            b.iter(|| read(world, &ContentCache::none()));
        });
        let folder = tempfile::tempdir().expect("a folder for the parse cache");
        let cache = ContentCache::open(&folder.path().join("parses.redb"));
        read(&world, &cache);
        cache.flush();
        group.bench_with_input(BenchmarkId::new("cached", size), &world, |b, world| {
            b.iter(|| read(world, &cache));
        });
    }
    group.finish();
}

fn read(world: &synthetic::World, cache: &ContentCache) {
    let mut surfaces = Surfaces::new(&world.library_trees, cache, &world.library.imports);
    for release in &world.library.releases {
        black_box(surfaces.of_release(release).expect("a tree in memory"));
    }
}

criterion_group!(benches, extraction, trees);
criterion_main!(benches);
