//! Which layers this machine has: found by trying each, not by versions.

use std::fmt;

use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    sys::{
        prctl,
        wait::{WaitStatus, waitpid},
    },
    unistd::{self, ForkResult},
};

use crate::{SandboxError, cgroup::Groups, seccomp};

/// How much keeps a program from the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Isolation {
    /// All namespaces, a file tree of its own, refused system calls; Landlock where it is there.
    #[default]
    Full,
    /// Limits, refused system calls and Landlock as far as they go: a program sees other processes, may leave some behind,
    /// and reads whatever this user may read where Landlock is missing. For machines that have nothing better.
    ProcessOnly,
}

/// One layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Namespaces set up by an ordinary user (or, as root, without).
    UserNamespace,
    /// A file tree of its own.
    MountNamespace,
    /// No other processes in sight, and none left behind.
    PidNamespace,
    /// No network.
    NetNamespace,
    /// No shared memory or queues of others.
    IpcNamespace,
    /// A host name of its own.
    UtsNamespace,
    /// Refused system calls.
    Seccomp,
    /// No privilege by executing something.
    NoNewPrivileges,
    /// A user that owns nothing.
    OwnUser,
    /// Allowed paths.
    Landlock,
    /// A group of each worker's own, which the kernel limits and kills as a whole.
    ControlGroup,
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It works here.
    Holds(String),
    /// It is not needed here.
    NotNeeded(&'static str),
    /// It does not work here.
    Missing(String),
}

impl Layer {
    /// All layers, in the order of a report.
    pub const ALL: [Self; 11] = [
        Self::UserNamespace,
        Self::MountNamespace,
        Self::PidNamespace,
        Self::NetNamespace,
        Self::IpcNamespace,
        Self::UtsNamespace,
        Self::Seccomp,
        Self::NoNewPrivileges,
        Self::OwnUser,
        Self::Landlock,
        Self::ControlGroup,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::UserNamespace => "user namespace",
            Self::MountNamespace => "mount namespace",
            Self::PidNamespace => "process namespace",
            Self::NetNamespace => "network namespace",
            Self::IpcNamespace => "IPC namespace",
            Self::UtsNamespace => "host name namespace",
            Self::Seccomp => "seccomp",
            Self::NoNewPrivileges => "no new privileges",
            Self::OwnUser => "user of its own",
            Self::Landlock => "Landlock",
            Self::ControlGroup => "control group",
        }
    }

    /// Whether full isolation is refused without it.
    pub fn is_required(self) -> bool {
        !matches!(self, Self::OwnUser | Self::Landlock | Self::ControlGroup)
    }

    /// What makes it available, where it is not.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Seccomp => "use a kernel with CONFIG_SECCOMP_FILTER",
            Self::Landlock => "use Linux 5.13 or later with `landlock` among its security modules",
            Self::ControlGroup => "delegate a control group (version 2) to this user",
            Self::OwnUser => {
                "run as root, or accept that limits on processes are shared with this user's others"
            }
            _ => {
                "allow namespaces: sysctl user.max_user_namespaces and kernel.unprivileged_userns_clone (Debian) or \
                 kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu); in a container, a seccomp profile that allows \
                 `unshare` and `mount`, or root with CAP_SYS_ADMIN"
            }
        }
    }

    /// Tries it.
    pub fn probe(self) -> Found {
        let as_root = is_privileged();
        let namespace = |flag: CloneFlags| {
            let flags = if as_root { flag } else { flag | CloneFlags::CLONE_NEWUSER };
            found(in_child(|| unshare(flags)))
        };
        match self {
            Self::UserNamespace if as_root => Found::NotNeeded("root sets up the others without"),
            Self::UserNamespace => found(in_child(|| unshare(CloneFlags::CLONE_NEWUSER))),
            Self::MountNamespace => namespace(CloneFlags::CLONE_NEWNS),
            Self::PidNamespace => namespace(CloneFlags::CLONE_NEWPID),
            Self::NetNamespace => namespace(CloneFlags::CLONE_NEWNET),
            Self::IpcNamespace => namespace(CloneFlags::CLONE_NEWIPC),
            Self::UtsNamespace => namespace(CloneFlags::CLONE_NEWUTS),
            Self::NoNewPrivileges => found(in_child(prctl::set_no_new_privs)),
            Self::Seccomp => match seccomp::filters(false) {
                Ok(filters) => found(in_child(|| refuses(&filters))),
                Err(error) => Found::Missing(error.to_string()),
            },
            Self::OwnUser if as_root => {
                Found::Holds("each worker has a number that no account has".to_owned())
            }
            Self::OwnUser => Found::Missing("programs run as this user".to_owned()),
            Self::Landlock => match landlock_version() {
                Ok(version) => Found::Holds(format!("version {version}")),
                Err(errno) => Found::Missing(errno.desc().to_owned()),
            },
            Self::ControlGroup => match Groups::get() {
                Ok(groups) => Found::Holds(groups.note()),
                Err(why) => Found::Missing(why.to_owned()),
            },
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Isolation {
    pub(crate) fn namespaces(self) -> CloneFlags {
        let all = CloneFlags::CLONE_NEWNS
            | CloneFlags::CLONE_NEWPID
            | CloneFlags::CLONE_NEWNET
            | CloneFlags::CLONE_NEWIPC
            | CloneFlags::CLONE_NEWUTS;
        match self {
            Self::Full if is_privileged() => all,
            Self::Full => all | CloneFlags::CLONE_NEWUSER,
            Self::ProcessOnly => CloneFlags::empty(),
        }
    }

    /// Fails where a required layer is missing, and names each.
    pub(crate) fn require(self) -> Result<(), SandboxError> {
        if self == Self::ProcessOnly {
            return Ok(());
        }
        let missing: Vec<(Layer, String)> = Layer::ALL
            .into_iter()
            .filter(|layer| layer.is_required())
            .filter_map(|layer| match layer.probe() {
                Found::Missing(why) => Some((layer, why)),
                Found::Holds(_) | Found::NotNeeded(_) => None,
            })
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(SandboxError::Missing(missing)) }
    }
}

fn found(tried: nix::Result<()>) -> Found {
    match tried {
        Ok(()) => Found::Holds(String::new()),
        Err(errno) => Found::Missing(errno.desc().to_owned()),
    }
}

/// Whether this process may make namespaces without a user namespace.
fn is_privileged() -> bool {
    unistd::geteuid().is_root() && in_child(|| unshare(CloneFlags::CLONE_NEWNS)).is_ok()
}

/// Tries something in a child, since most of it cannot be taken back.
#[expect(unsafe_code, reason = "fork")]
fn in_child(attempt: impl FnOnce() -> nix::Result<()>) -> nix::Result<()> {
    // SAFETY: the child makes system calls, and ends.
    match unsafe { unistd::fork() }? {
        ForkResult::Child => {
            let code = attempt().err().map_or(0, |errno| errno as i32);
            // SAFETY: ends the child without running what the parent registered.
            unsafe { libc::_exit(code) }
        }
        ForkResult::Parent { child } => match waitpid(child, None)? {
            WaitStatus::Exited(_, 0) => Ok(()),
            WaitStatus::Exited(_, code) => Err(Errno::from_raw(code)),
            _ => Err(Errno::EINTR),
        },
    }
}

/// Applies the filters and sees one of them refuse.
fn refuses(filters: &[seccompiler::BpfProgram]) -> nix::Result<()> {
    prctl::set_no_new_privs()?;
    for filter in filters {
        seccompiler::apply_filter(filter).map_err(|_failure| Errno::last())?;
    }
    match unshare(CloneFlags::CLONE_NEWUTS) {
        Err(Errno::EPERM) => Ok(()),
        _ => Err(Errno::ENOTSUP),
    }
}

#[expect(unsafe_code, reason = "a system call that no crate wraps")]
fn landlock_version() -> nix::Result<i64> {
    const SYS_LANDLOCK_CREATE_RULESET: libc::c_long = 444;
    const VERSION: u32 = 1;
    let null = std::ptr::null::<libc::c_void>();
    // SAFETY: asks for the version, with no ruleset.
    Errno::result(unsafe { libc::syscall(SYS_LANDLOCK_CREATE_RULESET, null, 0_usize, VERSION) })
}
