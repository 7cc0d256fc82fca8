//! libtorch for building: the parts of PyTorch that a binary links and loads, without those for CUDA.
//!
//! A folder with `include/` and the six libraries that `libtorch_cpu.so` needs, 450 MB of what the wheels unpack to. torch-sys
//! finds it by `LIBTORCH`, which `.cargo/config.toml` sets to [`VIEW`] where the environment does not.

use std::{
    env,
    fs::{self, File},
    io,
    os::unix::fs::symlink,
    path::{Component, Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};
use zip::ZipArchive;

/// The version that tch 0.24 is made for.
const VERSION: &str = "2.11.0";

/// Where the folder is made, from the workspace's root.
const VIEW: &str = "data/cache/libtorch";

/// The wheels, with hashes.
const WHEELS: &str = include_str!("libtorch-requirements.txt");

/// Libraries of the folder: those that a binary links, and those that these load.
const LIBRARIES: [&str; 6] =
    ["libtorch.so", "libtorch_cpu.so", "libc10.so", "libgomp.so.1", "libcudart.so.13", "libcupti.so.13"];

/// Says which version a folder has; torch-sys reads it too.
const VERSION_FILE: &str = "build-version";

/// Prints version and folder of an interpreter's PyTorch.
const ASK_PYTHON: &str = "import torch; print(torch.__version__); print(torch.__path__[0])";

/// Makes libtorch ready, unless it is: out of wheels of the package index, or of the PyTorch of an interpreter.
pub(crate) fn prepare(python: Option<&Path>) -> anyhow::Result<()> {
    let view = root().join(VIEW);
    if let Some(named) = named().filter(|named| *named != view) {
        return check(&named).with_context(|| {
            format!("use the libtorch that LIBTORCH names; unset it, and `cargo xtask libtorch` makes one in {VIEW}")
        });
    }
    if python.is_none() && check(&view).is_ok() {
        return Ok(());
    }
    let parent = view.parent().context("find the cache")?;
    fs::create_dir_all(parent).with_context(|| format!("create {}", parent.display()))?;
    let draft = parent.join(format!("libtorch.{}.tmp", std::process::id()));
    let made = match python {
        Some(python) => link(python, &draft),
        None => download(&draft),
    };
    let published = made.and_then(|()| {
        check(&draft)?;
        if view.exists() {
            fs::remove_dir_all(&view).with_context(|| format!("replace {}", view.display()))?;
        }
        fs::rename(&draft, &view).with_context(|| format!("write {}", view.display()))
    });
    if draft.exists() {
        fs::remove_dir_all(&draft).with_context(|| format!("remove {}", draft.display()))?;
    }
    published
}

/// What `LIBTORCH` names.
fn named() -> Option<PathBuf> {
    env::var_os("LIBTORCH").filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The workspace's root.
fn root() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates.and_then(Path::parent).map(Path::to_owned).unwrap_or_default()
}

/// Whether a folder is a libtorch of the right version.
fn check(folder: &Path) -> anyhow::Result<()> {
    for file in ["include/torch/csrc/api/include/torch/version.h", "lib/libtorch_cpu.so", "lib/libc10.so"] {
        if !folder.join(file).is_file() {
            bail!("find libtorch {VERSION} in {}: there is no {file}", folder.display());
        }
    }
    let version_file = folder.join(VERSION_FILE);
    let version = match fs::read_to_string(&version_file) {
        Ok(text) => text,
        // As PyTorch's own folder has it: beside `include` and `lib`, in Python.
        Err(_) => python_version(folder).with_context(|| format!("read {}", version_file.display()))?,
    };
    if bare(&version) != VERSION {
        bail!("find libtorch {VERSION} in {}: it is {}", folder.display(), version.trim());
    }
    Ok(())
}

/// The version that the `version.py` of a Python package of PyTorch names.
fn python_version(folder: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(folder.join("version.py"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("__version__ = "));
    Ok(line.context("find `__version__` in version.py")?.trim_matches(['\'', '"']).to_owned())
}

/// A version without what it was built with: `2.11.0+cu130` is `2.11.0`.
fn bare(version: &str) -> &str {
    let version = version.trim();
    version.split_once('+').map_or(version, |(version, _)| version)
}

/// The folder out of an interpreter's PyTorch, as links.
fn link(python: &Path, out: &Path) -> anyhow::Result<()> {
    let said = output(command(python).args(["-c", ASK_PYTHON]))
        .with_context(|| format!("ask {} for its PyTorch", python.display()))?;
    let (version, folder) = said.trim().split_once('\n').context("read where PyTorch is")?;
    if bare(version) != VERSION {
        bail!("use the PyTorch of {}: it is {version}, and tch needs {VERSION}", python.display());
    }
    let folder = Path::new(folder);
    fs::create_dir_all(out.join("lib"))?;
    symlink(folder.join("include"), out.join("include"))?;
    let nvidia = folder.join("../nvidia");
    let places = [
        folder.join("lib"),
        nvidia.join("cu13/lib"),
        nvidia.join("cuda_runtime/lib"),
        nvidia.join("cuda_cupti/lib"),
    ];
    for library in LIBRARIES {
        // A PyTorch for the CPU alone needs nothing of CUDA.
        if let Some(found) = places.iter().map(|place| place.join(library)).find(|path| path.is_file()) {
            symlink(found.canonicalize()?, out.join("lib").join(library))?;
        }
    }
    Ok(fs::write(out.join(VERSION_FILE), VERSION)?)
}

/// The folder out of wheels.
fn download(out: &Path) -> anyhow::Result<()> {
    tell(&format!("libtorch {VERSION}: 540 MB from the package index, once"));
    let wheels = out.join("wheels");
    fs::create_dir_all(&wheels).with_context(|| format!("create {}", wheels.display()))?;
    let list = out.join("requirements.txt");
    fs::write(&list, WHEELS).with_context(|| format!("write {}", list.display()))?;
    let mut pip = command(Path::new("python3"));
    pip.args(["-m", "pip", "download", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]);
    pip.args(["--require-hashes", "--quiet", "--requirement"]).arg(&list).arg("--dest").arg(&wheels);
    output(&mut pip).context(
        "download the wheels of libtorch by pip (python3 3.10 or later; or name a PyTorch 2.11 that is there: `cargo xtask \
         libtorch --python PYTHON`, or its folder by LIBTORCH)",
    )?;
    let mut files: Vec<PathBuf> =
        fs::read_dir(&wheels)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.sort();
    for wheel in files {
        unpack(&wheel, out).with_context(|| format!("unpack {}", wheel.display()))?;
    }
    fs::remove_dir_all(&wheels)?;
    Ok(fs::write(out.join(VERSION_FILE), VERSION)?)
}

/// Writes what the folder has of a wheel.
fn unpack(wheel: &Path, out: &Path) -> anyhow::Result<()> {
    let mut archive = ZipArchive::new(File::open(wheel)?)?;
    for place in 0..archive.len() {
        let mut entry = archive.by_index(place)?;
        let Some(path) = wanted(&entry.name()?).filter(|_| entry.is_file()) else { continue };
        let path = out.join(path);
        fs::create_dir_all(path.parent().unwrap_or(out))?;
        io::copy(&mut entry, &mut File::create(&path)?)?;
    }
    Ok(())
}

/// Where an entry of a wheel belongs in the folder.
fn wanted(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    if let Ok(header) = path.strip_prefix("torch/include") {
        return Some(Path::new("include").join(header));
    }
    let file = path.file_name()?.to_str()?;
    let is_library = path.parent()?.ends_with("lib") && LIBRARIES.contains(&file);
    is_library.then(|| Path::new("lib").join(file))
}

#[expect(clippy::print_stderr, reason = "a minute of silence needs a word before it")]
fn tell(text: &str) {
    eprintln!("{text}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "pip alone knows its index; an interpreter knows where its PyTorch is"
)]
fn command(program: &Path) -> Command {
    Command::new(program)
}

/// What a command prints.
fn output(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().display().to_string();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("start {name}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    bail!(
        "`{name}` failed: {}",
        text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says nothing")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_the_libraries_that_are_linked_are_taken() {
        assert_eq!(wanted("torch/include/c10/macros/Macros.h"), Some("include/c10/macros/Macros.h".into()));
        assert_eq!(wanted("torch/lib/libtorch_cpu.so"), Some("lib/libtorch_cpu.so".into()));
        assert_eq!(wanted("nvidia/cu13/lib/libcupti.so.13"), Some("lib/libcupti.so.13".into()));
        assert_eq!(wanted("torch/lib/libtorch_cuda.so"), None);
        assert_eq!(wanted("torch/nn/modules/module.py"), None);
        assert_eq!(wanted("torch/include/../../../etc/passwd"), None);
    }

    #[test]
    fn a_folder_that_is_no_libtorch_is_refused_with_what_is_missing() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = check(folder.path()).expect_err("it is empty").to_string();
        assert!(error.contains("there is no include/torch"), "{error}");
        for file in ["include/torch/csrc/api/include/torch/version.h", "lib/libtorch_cpu.so", "lib/libc10.so"]
        {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, "").expect("a file");
        }
        fs::write(folder.path().join("version.py"), "__version__ = '2.10.1+cu128'\n").expect("a file");
        let error = check(folder.path()).expect_err("it is older").to_string();
        assert!(error.contains("it is 2.10.1+cu128"), "{error}");
        fs::write(folder.path().join(VERSION_FILE), "2.11.0+cpu\n").expect("a file");
        check(folder.path()).expect("it is right");
    }
}
