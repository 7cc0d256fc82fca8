//! Control groups of version 2: what a worker starts, ended at once and limited together by the kernel.
//!
//! Each worker gets a group below that of this process: not beside it, where limits that somebody put on this process would not
//! hold. The kernel limits the groups below one only while that one has no processes itself (but for the root of all), so this
//! process goes into a group of its own first, where that helps. What others put into the same group stays there; then there
//! are groups, and no limits.
//!
//! The watch over memory (`memory.rs`) is there with and without: it sees what a limit hides, and looks every 20 ms only.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use nix::unistd::{self, AccessFlags, Pid};

use crate::limits::Limits;

/// First part of the names of groups, before the number of the process that made them.
const PREFIX: &str = "apishift-";

/// Kinds of limits that are asked for.
const CONTROLLERS: [&str; 2] = ["memory", "pids"];

/// What the server itself and the kernel's own records take, in bytes.
const SPARE: u64 = 64 << 20;

/// Where groups can be made.
#[derive(Debug)]
pub(crate) struct Groups {
    folder: PathBuf,
    /// Of [`CONTROLLERS`], those that limit what is below.
    limits: Vec<&'static str>,
    /// What would give more of them.
    remedy: &'static str,
}

impl Groups {
    /// Where this process can make groups, found once; or why it cannot.
    pub(crate) fn get() -> Result<&'static Self, &'static str> {
        static GROUPS: OnceLock<Result<Groups, String>> = OnceLock::new();
        GROUPS.get_or_init(Self::find).as_ref().map_err(String::as_str)
    }

    fn find() -> Result<Self, String> {
        let folder = own_folder().ok_or("no control groups of version 2")?;
        for path in [folder.clone(), folder.join("cgroup.procs")] {
            let denied = |errno: nix::Error| format!("{}: {}", path.display(), errno.desc());
            unistd::access(&path, AccessFlags::W_OK).map_err(denied)?;
        }
        remove_left(&folder);
        let known = read(&folder.join("cgroup.controllers"));
        let wanted: Vec<&str> = CONTROLLERS.into_iter().filter(|name| has_word(&known, name)).collect();
        let is_limited = !wanted.is_empty() && enable(&folder, &wanted).is_ok();
        let remedy = if wanted.is_empty() {
            "its limits are not in version 2 here, or not delegated"
        } else {
            "for limits start this in a group of its own: `systemd-run --user --scope -p Delegate=yes`"
        };
        Ok(Self { folder, limits: if is_limited { wanted } else { Vec::new() }, remedy })
    }

    /// What they are good for here.
    pub(crate) fn note(&self) -> String {
        if self.limits.is_empty() {
            return format!("all of a worker is killed at once; {}", self.remedy);
        }
        format!("all of a worker is killed at once, the kernel limits {}", self.limits.join(" and "))
    }

    /// Puts a process, and all that it will start, into a group of its own.
    pub(crate) fn put(&self, pid: Pid) -> io::Result<Group> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.join(format!("{PREFIX}{}-{number}", std::process::id()));
        fs::create_dir(&folder)?;
        let group = Group { folder, set: None, kills: 0 };
        fs::write(group.folder.join("cgroup.procs"), pid.to_string())?;
        Ok(group)
    }
}

/// A group. All that is in it is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Group {
    folder: PathBuf,
    /// Bytes and processes that it is limited to.
    set: Option<(u64, u64)>,
    /// Processes that the kernel has killed in it for their memory.
    kills: u64,
}

impl Group {
    /// Limits it, as far as this machine can: `files` are the bytes of files in memory, which the kernel counts too.
    pub(crate) fn limit(&mut self, limits: &Limits, files: u64) {
        // What was killed before is not the next one's doing.
        self.was_short();
        // The server and the program itself, which the program's own limit is not about.
        let wanted = (limits.tree_memory.saturating_add(files + SPARE), limits.processes + 2);
        if self.set != Some(wanted) {
            let (memory, processes) = wanted;
            // Where there is no such limit, there is no such file.
            for (name, value) in [("memory.max", memory), ("memory.swap.max", 0), ("pids.max", processes)] {
                let path = self.folder.join(name);
                if path.exists() {
                    let _ = fs::write(path, value.to_string());
                }
            }
            self.set = Some(wanted);
        }
    }

    /// Whether the kernel has killed something for its memory since this was asked last.
    pub(crate) fn was_short(&mut self) -> bool {
        let events = read(&self.folder.join("memory.events"));
        let kills = events.lines().find_map(|line| line.strip_prefix("oom_kill "));
        let kills = kills.and_then(|count| count.parse().ok()).unwrap_or(0);
        std::mem::replace(&mut self.kills, kills) < kills
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::write(self.folder.join("cgroup.kill"), "1");
        // It is empty a moment later.
        for _ in 0..100 {
            match fs::remove_dir(&self.folder) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                    thread::sleep(Duration::from_millis(1));
                }
                _ => break,
            }
        }
    }
}

/// The folder of the group that this process is in.
fn own_folder() -> Option<PathBuf> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    mounts.lines().find_map(|line| {
        let (mount, kind) = line.split_once(" - ")?;
        let mut fields = mount.split(' ').skip(3);
        let (root, target) = (fields.next()?, fields.next()?);
        let below = Path::new(group).strip_prefix(root).ok()?;
        kind.starts_with("cgroup2 ").then(|| Path::new(target).join(below))
    })
}

/// Has the kernel limit what is below.
fn enable(folder: &Path, controllers: &[&str]) -> io::Result<()> {
    let control = folder.join("cgroup.subtree_control");
    let is_enabled = || {
        let enabled = read(&control);
        controllers.iter().all(|name| has_word(&enabled, name))
    };
    let text: Vec<String> = controllers.iter().map(|name| format!("+{name}")).collect();
    let text = text.join(" ");
    if is_enabled() || fs::write(&control, &text).is_ok() {
        return Ok(());
    }
    let own = folder.join(format!("{PREFIX}{}-self", std::process::id()));
    fs::create_dir(&own)?;
    let go = |folder: &Path| fs::write(folder.join("cgroup.procs"), std::process::id().to_string());
    let done = go(&own).and_then(|()| fs::write(&control, &text));
    if done.is_err() {
        // Others are there too.
        go(folder)?;
        fs::remove_dir(&own)?;
    }
    done
}

/// Removes groups of processes that ended before they could.
fn remove_left(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
        if number.is_some_and(|number| !Path::new("/proc").join(number).exists()) {
            // Only an empty one goes.
            let _ = fs::remove_dir(entry.path());
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn has_word(text: &str, word: &str) -> bool {
    text.split_ascii_whitespace().any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use std::{
        os::unix::process::ExitStatusExt,
        process::{Child, Command, Stdio},
    };

    use super::*;

    /// A process in a group; `None`, and a word about it, where this machine has no groups.
    #[expect(clippy::disallowed_methods, reason = "this is the crate that starts processes")]
    fn grouped(script: &str) -> Option<(Child, Group)> {
        let groups = match Groups::get() {
            Ok(groups) => groups,
            Err(why) => {
                println!("SKIPPED: {why}");
                return None;
            }
        };
        // It waits until it is in its group.
        let mut child = Command::new("sh")
            .args(["-c", &format!("read go; {script}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let group = groups.put(Pid::from_raw(child.id().cast_signed())).unwrap();
        go(&mut child);
        Some((child, group))
    }

    fn go(child: &mut Child) {
        io::Write::write_all(child.stdin.as_mut().unwrap(), b"go\n").unwrap();
    }

    #[test]
    fn what_a_process_starts_ends_with_its_group() {
        let Some((mut child, group)) = grouped("setsid sleep 60 & echo $!; wait") else { return };
        let folder = group.folder.clone();
        let mut said = String::new();
        io::BufRead::read_line(&mut io::BufReader::new(child.stdout.take().unwrap()), &mut said).unwrap();
        let of_grandchild = read(&Path::new("/proc").join(said.trim()).join("cgroup"));
        assert!(of_grandchild.contains(folder.file_name().unwrap().to_str().unwrap()), "{of_grandchild}");
        drop(group);
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        assert!(!folder.exists());
        let state = read(&Path::new("/proc").join(said.trim()).join("status"));
        assert!(state.is_empty() || state.contains("zombie"), "{state}");
    }

    #[test]
    fn what_takes_more_memory_than_its_group_has_is_killed_and_told() {
        let Some((mut child, mut group)) = grouped("head -c 300m /dev/zero | tail -c 299m") else { return };
        if !Groups::get().unwrap().limits.contains(&"memory") {
            println!("SKIPPED: the kernel does not limit memory here");
            return;
        }
        group.limit(&Limits { tree_memory: 32 << 20, ..Limits::default() }, 0);
        child.wait().unwrap();
        assert!(group.was_short());
        assert!(!group.was_short());
    }
}
