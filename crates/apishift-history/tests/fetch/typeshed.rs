//! Python's own library from releases that carry typeshed.

use apishift_history::{HistoryError, ProjectSource};
use apishift_testkit::{Archive, IndexFile, PackageIndex, Pages};
use apishift_types::{DateSource, exit};

use crate::place::{Place, files, versions};

const OLD_VERSIONS: &str = "asynchat: 3.0-3.11\nshapes: 3.0-\n";
const NEW_VERSIONS: &str = "# modules\nasynchat: 3.0-3.11\nshapes: 3.0-\nnews: 3.11-\n_inner: 3.0-\n";
const OLD_SHAPES: &str = "import sys\nif sys.version_info < (3, 9):\n    def area(x): ...\nif sys.version_info >= (3, 10):\n    def width(x): ...\n";
const NEW_SHAPES: &str =
    "import sys\nif sys.version_info < (3, 11):\n    def width(x): ...\nelse:\n    def size(x): ...\n";

fn carrier() -> PackageIndex {
    let index = PackageIndex::start(Pages::Html);
    for (version, modules, shapes) in
        [("0.9", OLD_VERSIONS, OLD_SHAPES), ("1.1", OLD_VERSIONS, ""), ("1.2", NEW_VERSIONS, NEW_SHAPES)]
    {
        let files = [
            ("demo/checker.py", "x = 1\n"),
            ("demo/typeshed/stdlib/VERSIONS", modules),
            ("demo/typeshed/stdlib/shapes.pyi", shapes),
            ("demo/typeshed/stdlib/asynchat.pyi", "class async_chat: ...\n"),
            ("demo/typeshed/stdlib/news/__init__.pyi", "def tell(): ...\n"),
            ("demo/typeshed/stubs/other/other.pyi", "def other(): ...\n"),
            ("LICENSE", "MIT License\n"),
        ];
        let sdist = Archive::sdist("demo", version, &files);
        index.add("demo", IndexFile::new(&format!("demo-{version}.tar.gz"), sdist.tar_gz()));
    }
    index
}

#[test]
fn versions_of_python_are_the_releases() {
    let index = carrier();
    let place = Place::of(&index);
    let source = ProjectSource::typeshed("python", "demo");
    let fetched = place.fetch(&source).unwrap();
    // The older snapshot speaks for 3.8 to 3.10, the newer one from 3.10 on.
    assert_eq!(versions(&fetched), ["3.8", "3.9", "3.10", "3.10+demo.1.2", "3.11"]);
    assert_eq!(fetched.project.imports, ["_inner", "asynchat", "news", "shapes"]);
    let of = |at: usize| files(&fetched, at);
    let shapes = |at: usize| of(at).into_iter().find(|(path, _)| path == "shapes.pyi").unwrap().1;
    assert!(shapes(0).contains("def area") && !shapes(0).contains("def width"));
    assert!(!shapes(1).contains("def area") && !shapes(1).contains("def width"));
    assert!(shapes(2).contains("def width") && shapes(3).contains("def width"));
    assert!(shapes(4).contains("def size") && !shapes(4).contains("def width"));
    let paths = |at: usize| of(at).into_iter().map(|(path, _)| path).collect::<Vec<_>>();
    assert_eq!(paths(3), ["asynchat.pyi", "shapes.pyi"]);
    assert_eq!(paths(4), ["asynchat.pyi", "news/__init__.pyi", "shapes.pyi"]);
    let day = &fetched.project.releases[1];
    assert_eq!((day.date.unwrap().to_string().as_str(), day.date_source), ("2020-10-05", DateSource::Known));

    // Once more, from what is there.
    let requests = index.downloads();
    assert_eq!(place.fetch(&source).unwrap(), fetched);
    assert_eq!(index.downloads(), requests);
}

#[test]
fn a_range_of_versions_of_python_can_be_asked_for() {
    let place = Place::of(&carrier());
    let mut source = ProjectSource::typeshed("python", "demo");
    source.versions = Some("<3.11,>3.8".parse().unwrap());
    assert_eq!(versions(&place.fetch(&source).unwrap()), ["3.9", "3.10", "3.10+demo.1.2"]);
    source.imports = vec!["shapes".to_owned()];
    assert_eq!(place.fetch(&source).unwrap().project.imports, ["shapes"]);
    source.versions = Some(">=4".parse().unwrap());
    let error = place.fetch(&source).unwrap_err();
    assert!(error.to_string().contains("3.11"), "{error}");
}

#[test]
fn a_project_without_typeshed_is_an_error_that_says_what_to_name() {
    let index = PackageIndex::start(Pages::Html);
    index.add_release("demo", "1.0", "x = 1\n");
    let error = Place::of(&index).fetch(&ProjectSource::typeshed("python", "demo")).unwrap_err();
    assert!(
        matches!(error, HistoryError::NoTypeshed { .. } | HistoryError::NothingImported { .. }),
        "{error}"
    );
    assert_eq!(error.exit_code(), exit::USAGE);
}
