//! `model`, as people meet it. What it converts is tested in the crate `nn`.

use integration_tests::Place;

fn place() -> Place {
    Place::new(env!("CARGO_BIN_EXE_apishift-under-test"))
}

#[test]
fn what_is_no_model_is_refused_and_leaves_nothing() {
    let place = place();
    place.write("model.gguf", "GGUF, or not");
    for (args, wanted) in [
        (&["model", "import", "none.gguf", "--out", "out"][..], "read none.gguf"),
        (&["model", "import", "model.gguf", "--out", "out"], "read model.gguf as GGUF: it has version"),
        (&["model", "fetch", "gpt-5"], "smollm2-135m"),
        (&["model", "fetch", "smollm2-135m", "--offline"], "run once without --offline"),
    ] {
        let outcome = place.run(args);
        assert!(matches!(outcome.code, Some(2 | 3)), "{outcome}");
        assert!(outcome.stderr.contains(wanted), "{wanted}: {outcome}");
        assert!(!place.path("out").exists() && !place.path("data/cache/models").exists(), "{outcome}");
    }
    place.write("mine/notes.txt", "mine");
    let outcome = place.run(["model", "import", "model.gguf", "--out", "mine"]);
    assert!(outcome.code == Some(2) && outcome.stderr.contains("something else in it"), "{outcome}");
    assert!(place.path("mine/notes.txt").exists());
}
