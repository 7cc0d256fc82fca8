//! A kind of sandbox: interpreter, layers and files, from which workers are started.

use std::{
    ffi::CString,
    fs,
    os::unix::{ffi::OsStrExt, fs::FileTypeExt},
    path::{Component, Path, PathBuf},
};

use nix::{sched::CloneFlags, sys::resource::Resource, unistd};

use crate::{
    SandboxError,
    enter::{Identity, Plan, Step},
    landlock::Confinement,
    probe::Isolation,
    report::{Job, record},
    runtime::Runtime,
    seccomp,
    value::Value,
    worker::Worker,
};

/// What is asked of a sandbox.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The interpreter: a path, or a name on `PATH`.
    pub python: PathBuf,
    /// How much keeps a program from the host.
    pub isolation: Isolation,
    /// Modules that every server imports once, so that no program has to.
    pub imports: Vec<String>,
    /// Modules that are dear to import, and make forks dearer: a second server imports them, and runs the programs that name
    /// one. `numpy` is one of them wherever it is installed.
    pub heavy: Vec<String>,
    /// Folders that modules are looked for in: after the standard library, before what is installed for the interpreter.
    pub path: Vec<PathBuf>,
    /// Whether programs see what is installed for the interpreter.
    pub installed: bool,
    /// Further files and folders of the host that programs may read.
    pub readable: Vec<PathBuf>,
    /// Bytes that a program may have in files.
    pub scratch: u64,
}

/// What programs of exercises import most; more would make every fork dearer.
const IMPORTS: &[&str] = &[
    "bisect",
    "collections",
    "copy",
    "functools",
    "heapq",
    "itertools",
    "math",
    "operator",
    "random",
    "re",
    "string",
    "typing",
];

/// What is heavy where it is installed: importing it takes some sixty times as long as a short program.
const HEAVY: &[&str] = &["numpy"];

impl Default for Settings {
    fn default() -> Self {
        Self {
            python: "python3".into(),
            isolation: Isolation::Full,
            imports: IMPORTS.iter().map(|&name| name.to_owned()).collect(),
            heavy: Vec::new(),
            path: Vec::new(),
            installed: true,
            readable: Vec::new(),
            scratch: 64 << 20,
        }
    }
}

/// Where programs work and write.
const WORK: &str = "/tmp";

/// What the runtime needs of the system, where it is there.
const SYSTEM: &[&str] = &["/usr", "/lib", "/lib32", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime"];

const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// First user of a range that no account is given from.
const USERS: u32 = 1_600_000_000;

/// Where that many users are not known to this namespace.
const FEW_USERS: u32 = 50_000;

/// What a server has imported before programs come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preload {
    /// What most programs import.
    Common,
    /// What is heavy besides.
    Heavy,
}

/// A kind of sandbox, ready to start workers.
#[derive(Debug)]
pub struct Host {
    settings: Settings,
    runtime: Runtime,
    /// Of [`HEAVY`], what seems to be installed. It need not be fit for the interpreter.
    found: Vec<String>,
    /// The folder that is covered by each worker's own root, or that process-only workers write to.
    folder: tempfile::TempDir,
}

impl Host {
    /// Finds the interpreter and sees whether the layers that the settings ask for are there.
    pub fn new(mut settings: Settings) -> Result<Self, SandboxError> {
        settings.isolation.require()?;
        // Where it starts is not where a program does.
        for path in settings.path.iter_mut().chain(&mut settings.readable) {
            let known = path.canonicalize();
            *path = known.map_err(|source| SandboxError::Shown { path: path.clone(), source })?;
        }
        let mut runtime = Runtime::find(&settings.python)?;
        if !settings.installed {
            runtime.packages.clear();
        }
        let folder = tempfile::Builder::new().prefix("apishift-").tempdir()?;
        let folders: Vec<&PathBuf> = settings.path.iter().chain(&runtime.packages).collect();
        let is_there =
            |name: &str| folders.iter().any(|folder| folder.join(name).join("__init__.py").exists());
        let found = HEAVY.iter().copied().filter(|name| is_there(name)).map(ToOwned::to_owned).collect();
        Ok(Self { settings, runtime, found, folder })
    }

    /// The interpreter.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Bytes that a program may have in files.
    pub(crate) fn scratch(&self) -> u64 {
        self.settings.scratch
    }

    /// The server that a job is for: programs are looked through for the names of what is heavy.
    pub fn preload(&self, job: &Job) -> Preload {
        let mut heavy = self.settings.heavy.iter().chain(&self.found);
        let is_heavy = heavy.any(|module| {
            let package = module.split('.').next().unwrap_or(module);
            job.texts().any(|text| text.contains(package))
        });
        if is_heavy { Preload::Heavy } else { Preload::Common }
    }

    /// Starts a server of each kind and ends it, to see that what it is to import is there.
    pub fn check(&self) -> Result<(), SandboxError> {
        Worker::start(self, 0, Preload::Common)?;
        if !self.settings.heavy.is_empty() {
            Worker::start(self, 0, Preload::Heavy)?;
        }
        Ok(())
    }

    pub(crate) fn setup(&self, preload: Preload) -> Value {
        let texts = |texts: &[String]| Value::List(texts.iter().cloned().map(Value::Str).collect());
        let path = self.settings.path.iter().chain(&self.runtime.packages);
        let path: Vec<String> = path.map(|path| path.to_string_lossy().into_owned()).collect();
        let (heavy, found): (&[String], &[String]) = match preload {
            Preload::Common => (&[], &[]),
            Preload::Heavy => (&self.settings.heavy, &self.found),
        };
        let imports = [self.settings.imports.as_slice(), heavy].concat();
        record([("imports", texts(&imports)), ("tried", texts(found)), ("path", texts(&path))])
    }

    /// Files and folders of the host that are shown, none inside of another.
    fn shown(&self) -> Vec<PathBuf> {
        let system = SYSTEM.iter().map(PathBuf::from);
        let runtime = self.runtime.folders.iter().chain(&self.runtime.packages).cloned();
        let asked = self.settings.path.iter().chain(&self.settings.readable).cloned();
        let mut all: Vec<PathBuf> = system.chain(runtime).chain(asked).filter(|path| path.exists()).collect();
        all.push(self.runtime.executable.clone());
        all.sort();
        let mut shown: Vec<PathBuf> = Vec::new();
        for path in all {
            if !shown.iter().any(|known| path.starts_with(known)) {
                shown.push(path);
            }
        }
        shown
    }

    pub(crate) fn plan(&self, slot: u32, preload: Preload) -> Result<Plan, SandboxError> {
        // Each server has its own user and folder.
        let slot = slot * 2 + u32::from(preload == Preload::Heavy);
        let is_full = self.settings.isolation == Isolation::Full;
        let namespaces = if is_full { self.settings.isolation.namespaces() } else { CloneFlags::empty() };
        let work = if is_full { PathBuf::from(WORK) } else { self.work_of(slot)? };
        let mut readable = self.shown();
        if !is_full {
            // Where the server finds what a program left running.
            readable.push("/proc".into());
        }
        let writable = vec![work.clone(), "/dev".into()];
        let argument = |text: &str| CString::new(text).map_err(|_nul| SandboxError::Path(text.into()));
        Ok(Plan {
            identity: identity(namespaces, slot)?,
            namespaces,
            root: c_path(self.folder.path())?,
            tree: if is_full { self.tree()? } else { Vec::new() },
            folder: c_path(&work)?,
            limits: vec![
                (Resource::RLIMIT_CORE, 0),
                (Resource::RLIMIT_NOFILE, 2048),
                (Resource::RLIMIT_MEMLOCK, 0),
                (Resource::RLIMIT_MSGQUEUE, 0),
            ],
            confinement: Some(Confinement { readable, writable }),
            filters: seccomp::filters(!is_full).map_err(|error| SandboxError::Filter(error.to_string()))?,
            program: c_path(&self.runtime.executable)?,
            arguments: ["python", "-S", "-s", "-B", "-c", SERVER]
                .iter()
                .map(|a| argument(a))
                .collect::<Result<_, _>>()?,
            // The server empties it once Python has read it.
            environment: [c"PYTHONHASHSEED=0", c"LC_ALL=C.UTF-8", c"LD_BIND_NOW=1"]
                .map(ToOwned::to_owned)
                .to_vec(),
        })
    }

    fn work_of(&self, slot: u32) -> Result<PathBuf, SandboxError> {
        let path = self.folder.path().join(slot.to_string());
        // What the last one left there, and could not remove.
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => fs::create_dir(&path)?,
        }
        Ok(path)
    }

    fn tree(&self) -> Result<Vec<Step>, SandboxError> {
        let mut steps = Vec::new();
        let (covered, shown): (Vec<_>, Vec<_>) =
            self.shown().into_iter().partition(|path| path.starts_with(WORK));
        for path in &shown {
            folders_above(path, &mut steps)?;
            steps.push(linked_or_shown(path)?);
        }
        steps.push(Step::Folder(c"dev".to_owned()));
        for device in DEVICES.iter().map(Path::new) {
            if device.metadata().is_ok_and(|m| m.file_type().is_char_device()) {
                steps.push(show(device, true)?);
            }
        }
        let options = format!("mode=777,size={},nr_inodes=4096", self.settings.scratch);
        let options = CString::new(options).map_err(|_nul| SandboxError::Path(WORK.into()))?;
        steps.push(Step::Scratch { target: inside(Path::new(WORK))?, options });
        steps_within_work(&covered, &mut steps)?;
        Ok(steps)
    }
}

/// Shows what lies where programs write: in folders of its own that are mounts, so that no program can move or fill them.
fn steps_within_work(covered: &[PathBuf], steps: &mut Vec<Step>) -> Result<(), SandboxError> {
    let mut sealed: Vec<CString> = Vec::new();
    for path in covered {
        let below = path.strip_prefix(WORK).unwrap_or(path);
        let Some(top) = below.iter().next() else {
            return Err(SandboxError::Path(path.clone()));
        };
        let top = inside(&Path::new(WORK).join(top))?;
        if below.iter().nth(1).is_some() && !sealed.contains(&top) {
            let options = c"mode=755,size=64k,nr_inodes=512".to_owned();
            steps.push(Step::Scratch { target: top.clone(), options });
            sealed.push(top);
        }
        folders_above(path, steps)?;
        steps.push(linked_or_shown(path)?);
    }
    steps.extend(sealed.into_iter().map(Step::Seal));
    Ok(())
}

fn linked_or_shown(path: &Path) -> Result<Step, SandboxError> {
    let metadata = path.symlink_metadata()?;
    if metadata.is_symlink() {
        return Ok(Step::Link(c_path(&fs::read_link(path)?)?, inside(path)?));
    }
    show(path, metadata.is_file())
}

const SERVER: &str = include_str!("server.py");

fn show(path: &Path, is_file: bool) -> Result<Step, SandboxError> {
    let is_device = path.starts_with("/dev");
    Ok(Step::Show { source: c_path(path)?, target: inside(path)?, is_file, is_device })
}

fn c_path(path: &Path) -> Result<CString, SandboxError> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_nul| SandboxError::Path(path.to_owned()))
}

/// The path below the new root.
fn inside(path: &Path) -> Result<CString, SandboxError> {
    c_path(path.strip_prefix("/").unwrap_or(path))
}

fn folders_above(path: &Path, steps: &mut Vec<Step>) -> Result<(), SandboxError> {
    let mut above = PathBuf::new();
    for part in path.parent().into_iter().flat_map(Path::components) {
        if let Component::Normal(part) = part {
            above.push(part);
            let step = Step::Folder(c_path(&above)?);
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
    }
    Ok(())
}

fn identity(namespaces: CloneFlags, slot: u32) -> Result<Identity, SandboxError> {
    let (user, group) = (unistd::geteuid(), unistd::getegid());
    if namespaces.contains(CloneFlags::CLONE_NEWUSER) {
        // A user that is not root inside either.
        let map =
            |id: u32| CString::new(format!("1000 {id} 1")).map_err(|_nul| SandboxError::Path("map".into()));
        return Ok(Identity::Mapped { uid_map: map(user.as_raw())?, gid_map: map(group.as_raw())? });
    }
    if !user.is_root() || namespaces.is_empty() {
        return Ok(Identity::Own);
    }
    let wanted = USERS + std::process::id() % 100_000 * 1000 + slot % 1000;
    let is_known = known_users().is_none_or(|most| wanted < most);
    Ok(Identity::Other(if is_known { wanted } else { FEW_USERS + slot % 10_000 }))
}

/// One more than the highest user that this process's namespace knows.
fn known_users() -> Option<u32> {
    let text = fs::read_to_string("/proc/self/uid_map").ok()?;
    let ends = text.lines().filter_map(|line| {
        let mut numbers = line.split_ascii_whitespace().map_while(|word| word.parse::<u32>().ok());
        let (inside, _, count) = (numbers.next()?, numbers.next()?, numbers.next()?);
        Some(inside.saturating_add(count))
    });
    ends.max()
}
