//! Tells programs with libtorch where to load it from: from where it was linked, unless `LD_LIBRARY_PATH` names another place.
//! Every crate that links a program with the feature `torch` has this as its build script.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    let with_torch = std::env::var_os("CARGO_FEATURE_TORCH").is_some();
    if let Some(folder) = std::env::var_os("LIBTORCH").filter(|_| with_torch) {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}/lib", folder.display());
    }
}
