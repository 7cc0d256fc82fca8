//! What a process does between its birth and the start of its program: it shuts itself in.
//!
//! Everything here runs after a fork of a process that may have threads. What is needed is prepared before; after the
//! fork nothing takes a lock that another thread may have held (the allocator's are reset by the C library).

use std::ffi::{CStr, CString};

use nix::{
    errno::Errno,
    mount::{MntFlags, MsFlags, mount, umount2},
    sched::{CloneFlags, unshare},
    sys::{
        prctl,
        resource::{Resource, setrlimit},
    },
    unistd,
};
use seccompiler::BpfProgram;

use crate::landlock::Confinement;

/// Who the process becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Whoever starts it.
    Own,
    /// As root: this user and group, which nobody else has.
    Other(u32),
    /// As an ordinary user: itself, in a namespace where it may set everything up; lines of `uid_map` and `gid_map`.
    Mapped { uid_map: CString, gid_map: CString },
}

/// One step of building the file tree, relative to its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Makes a folder.
    Folder(CString),
    /// Makes a symbolic link: what it says, and where it stands.
    Link(CString, CString),
    /// Shows a file or folder of the host, read-only. A file is made first.
    Show { source: CString, target: CString, is_file: bool, is_device: bool },
    /// Mounts an empty file system of its own: options of tmpfs.
    Scratch { target: CString, options: CString },
    /// Makes a mount read-only.
    Seal(CString),
}

/// The whole of it, prepared.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) identity: Identity,
    /// Namespaces to be alone in; with none, there is no file tree either.
    pub(crate) namespaces: CloneFlags,
    /// An existing empty folder, over which the new root is mounted.
    pub(crate) root: CString,
    pub(crate) tree: Vec<Step>,
    /// Where the program starts.
    pub(crate) folder: CString,
    pub(crate) limits: Vec<(Resource, u64)>,
    pub(crate) confinement: Option<Confinement>,
    pub(crate) filters: Vec<BpfProgram>,
    pub(crate) program: CString,
    pub(crate) arguments: Vec<CString>,
    pub(crate) environment: Vec<CString>,
}

/// Which part failed: what the parent is told, with the error number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Stage {
    Namespaces = 1,
    UserMap,
    Fork,
    Root,
    Tree,
    Pivot,
    Limits,
    Identity,
    Privileges,
    Landlock,
    Seccomp,
    Descriptors,
    Execute,
}

impl Stage {
    pub(crate) const ALL: [Self; 13] = [
        Self::Namespaces,
        Self::UserMap,
        Self::Fork,
        Self::Root,
        Self::Tree,
        Self::Pivot,
        Self::Limits,
        Self::Identity,
        Self::Privileges,
        Self::Landlock,
        Self::Seccomp,
        Self::Descriptors,
        Self::Execute,
    ];

    /// What was being done.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Namespaces => "entering new namespaces",
            Self::UserMap => "mapping the user into its namespace",
            Self::Fork => "starting the first process of the namespace",
            Self::Root => "mounting a root of its own",
            Self::Tree => "building the file tree",
            Self::Pivot => "leaving the host's file tree",
            Self::Limits => "setting resource limits",
            Self::Identity => "becoming another user",
            Self::Privileges => "giving up privileges",
            Self::Landlock => "restricting paths (Landlock)",
            Self::Seccomp => "restricting system calls (seccomp)",
            Self::Descriptors => "closing descriptors",
            Self::Execute => "executing the program",
        }
    }
}

type Outcome<T = ()> = Result<T, (Stage, Errno)>;

fn at(stage: Stage) -> impl Fn(Errno) -> (Stage, Errno) {
    move |errno| (stage, errno)
}

impl Plan {
    /// Shuts the calling process in, all but the last step. The caller is the first process of its namespaces.
    pub(crate) fn enter(&self) -> Outcome {
        unistd::setsid().map_err(at(Stage::Privileges))?;
        // Whoever watches over it is gone: nobody would end it.
        prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL).map_err(at(Stage::Privileges))?;
        if self.namespaces.is_empty() {
            // What loses its parent falls to this process, which can end it then.
            prctl::set_child_subreaper(true).map_err(at(Stage::Privileges))?;
        } else {
            self.build()?;
            unistd::sethostname("sandbox").map_err(at(Stage::Root))?;
        }
        unistd::chdir(self.folder.as_c_str()).map_err(at(Stage::Tree))?;
        for (resource, limit) in &self.limits {
            setrlimit(*resource, *limit, *limit).map_err(at(Stage::Limits))?;
        }
        if let Identity::Other(id) = self.identity {
            become_other(id).map_err(at(Stage::Identity))?;
        }
        give_up_privileges().map_err(at(Stage::Privileges))?;
        if let Some(confinement) = &self.confinement {
            confinement.apply().map_err(|_failure| (Stage::Landlock, Errno::last()))?;
        }
        for filter in &self.filters {
            seccompiler::apply_filter(filter).map_err(|_failure| (Stage::Seccomp, Errno::last()))?;
        }
        Ok(())
    }

    /// Goes into new namespaces. The next fork's child is the first process of the new process namespace.
    pub(crate) fn unshare(&self) -> Outcome {
        unshare(self.namespaces).map_err(at(Stage::Namespaces))?;
        if let Identity::Mapped { uid_map, gid_map } = &self.identity {
            write(c"/proc/self/setgroups", b"deny").map_err(at(Stage::UserMap))?;
            write(c"/proc/self/uid_map", uid_map.to_bytes()).map_err(at(Stage::UserMap))?;
            write(c"/proc/self/gid_map", gid_map.to_bytes()).map_err(at(Stage::UserMap))?;
        }
        Ok(())
    }

    fn build(&self) -> Outcome {
        const NONE: Option<&CStr> = None;
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        mount(NONE, c"/", NONE, private, NONE).map_err(at(Stage::Root))?;
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
        let options = Some(c"mode=755,size=256k,nr_inodes=512");
        mount(Some(c"none"), self.root.as_c_str(), Some(c"tmpfs"), flags, options)
            .map_err(at(Stage::Root))?;
        unistd::chdir(self.root.as_c_str()).map_err(at(Stage::Root))?;
        for step in &self.tree {
            step.take().map_err(at(Stage::Tree))?;
        }
        // The old root goes over the new one, and then away: no folder has to be kept for it.
        unistd::pivot_root(c".", c".").map_err(at(Stage::Pivot))?;
        umount2(c".", MntFlags::MNT_DETACH).map_err(at(Stage::Pivot))?;
        unistd::chdir(c"/").map_err(at(Stage::Pivot))?;
        set_attributes(c"/", libc::MOUNT_ATTR_RDONLY, false).map_err(at(Stage::Pivot))
    }
}

impl Step {
    fn take(&self) -> nix::Result<()> {
        const NONE: Option<&CStr> = None;
        let all = nix::sys::stat::Mode::from_bits_truncate(0o755);
        match self {
            Self::Folder(path) => match unistd::mkdir(path.as_c_str(), all) {
                Err(Errno::EEXIST) => Ok(()),
                done => done,
            },
            Self::Link(target, path) => {
                unistd::symlinkat(target.as_c_str(), nix::fcntl::AT_FDCWD, path.as_c_str())
            }
            Self::Show { source, target, is_file, is_device } => {
                if *is_file {
                    let flags = nix::fcntl::OFlag::O_CREAT | nix::fcntl::OFlag::O_WRONLY;
                    drop(nix::fcntl::open(target.as_c_str(), flags, all)?);
                } else {
                    Self::Folder(target.clone()).take()?;
                }
                let bind = MsFlags::MS_BIND | MsFlags::MS_REC;
                mount(Some(source.as_c_str()), target.as_c_str(), NONE, bind, NONE)?;
                let dev = if *is_device { 0 } else { libc::MOUNT_ATTR_NODEV };
                set_attributes(target, libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | dev, true)
            }
            Self::Seal(target) => set_attributes(target, libc::MOUNT_ATTR_RDONLY, false),
            Self::Scratch { target, options } => {
                Self::Folder(target.clone()).take()?;
                let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
                mount(Some(c"none"), target.as_c_str(), Some(c"tmpfs"), flags, Some(options.as_c_str()))
            }
        }
    }
}

/// Changes the flags of a mount: `mount_setattr(2)`, since Linux 5.12; with all mounts below it where `is_deep`.
#[expect(unsafe_code, reason = "a system call that no crate wraps")]
fn set_attributes(path: &CStr, set: u64, is_deep: bool) -> nix::Result<()> {
    let attributes = libc::mount_attr { attr_set: set, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let flags = if is_deep { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: path and attributes live until the call returns, and the size is that of the attributes.
    let done = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    Errno::result(done).map(drop)
}

fn become_other(id: u32) -> nix::Result<()> {
    let (user, group) = (unistd::Uid::from_raw(id), unistd::Gid::from_raw(id));
    unistd::setgroups(&[])?;
    unistd::setresgid(group, group, group)?;
    unistd::setresuid(user, user, user)
}

/// No capability is left after `execve`, and none can be had again by it.
#[expect(unsafe_code, reason = "the bounding set has no wrapper")]
fn give_up_privileges() -> nix::Result<()> {
    for capability in 0..64 {
        // SAFETY: takes numbers only.
        let done = unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) };
        match Errno::result(done) {
            // Numbers that this kernel does not know, and users who have none to drop.
            Ok(_) | Err(Errno::EINVAL | Errno::EPERM) => {}
            Err(errno) => return Err(errno),
        }
    }
    prctl::set_no_new_privs()
}

fn write(path: &CStr, text: &[u8]) -> nix::Result<()> {
    use nix::{fcntl::OFlag, sys::stat::Mode};
    let file = nix::fcntl::open(path, OFlag::O_WRONLY | OFlag::O_CLOEXEC, Mode::empty())?;
    unistd::write(&file, text).map(drop)
}
