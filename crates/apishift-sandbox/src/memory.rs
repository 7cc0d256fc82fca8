//! Memory of a process and of all that it started, as the host sees it.

use std::fs;

use nix::unistd::Pid;

/// Processes that are looked at, at most: more are over any limit.
const MOST: usize = 4096;

/// Resident memory of a process's children and theirs, in bytes; the process itself is left out. `None` where it has ended.
pub(crate) fn tree_memory(root: Pid) -> Option<u64> {
    let page = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok()??;
    let page = u64::try_from(page).ok()?;
    let mut todo = children(root.as_raw())?;
    let (mut pages, mut seen) = (0, 0);
    while let Some(pid) = todo.pop() {
        seen += 1;
        if seen > MOST {
            return Some(u64::MAX);
        }
        pages += resident_pages(pid).unwrap_or(0);
        todo.extend(children(pid).unwrap_or_default());
    }
    Some(pages * page)
}

fn children(pid: i32) -> Option<Vec<i32>> {
    let mut found = Vec::new();
    for task in fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
        let text = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        found.extend(text.split_ascii_whitespace().filter_map(|word| word.parse::<i32>().ok()));
    }
    Some(found)
}

/// Resident pages, those that it still shares with the server that it was forked from among them.
fn resident_pages(pid: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    text.split_ascii_whitespace().nth(1)?.parse().ok()
}
