//! System calls that programs have no business with, refused by the kernel (seccomp).
//!
//! A list of what is refused, not of what is allowed: programs of many libraries run here, and namespaces and limits hold
//! without it. It takes away what those do not cover: other processes' memory, kernel interfaces with a record of bugs,
//! objects that outlive a program, settings of the server.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Op, SeccompCondition as Condition,
    SeccompFilter, SeccompRule as Rule, TargetArch,
};

/// Refused whatever the arguments.
const REFUSED: &[i64] = &[
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    // Namespaces and mounts.
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    // Interfaces of the kernel that no program here needs.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_personality,
    libc::SYS_fanotify_init,
    libc::SYS_quotactl,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_vhangup,
    libc::SYS_lookup_dcookie,
    libc::SYS_memfd_secret,
    // Objects that would be there for the next program; and attributes of the folder that it writes to.
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    SYS_SETXATTRAT,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_semget,
    libc::SYS_msgget,
    libc::SYS_mq_open,
];

/// `setxattrat(2)`, since Linux 6.13; the same number on every architecture.
const SYS_SETXATTRAT: i64 = 463;

/// Refused for another process than the caller: the argument that names it is not 0.
const OWN_ONLY: &[(i64, u8)] = &[
    (libc::SYS_prlimit64, 0),
    (libc::SYS_sched_setaffinity, 0),
    (libc::SYS_sched_setattr, 0),
    (libc::SYS_sched_setparam, 0),
    (libc::SYS_sched_setscheduler, 0),
    (libc::SYS_setpriority, 1),
    (libc::SYS_ioprio_set, 1),
];

/// Types of namespaces that a new process could be put into.
const NAMESPACES: u64 = (libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP) as u64;

/// Families of sockets that lead nowhere: the namespace has no network. All others speak to the kernel or the host.
const SOCKETS: [i32; 3] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6];

/// Why no filter can be made.
pub(crate) type FilterError = seccompiler::BackendError;

/// The filters, to be applied in this order. `has_network` says that the host's network is in reach: then only local
/// sockets are allowed.
pub(crate) fn filters(has_network: bool) -> Result<Vec<BpfProgram>, FilterError> {
    let mut rules: BTreeMap<i64, Vec<Rule>> = REFUSED.iter().map(|&call| (call, Vec::new())).collect();
    for &(call, argument) in OWN_ONLY {
        rules.insert(call, vec![Rule::new(vec![Condition::new(argument, Length::Dword, Op::Ne, 0)?])?]);
    }
    let families: &[i32] = if has_network { &SOCKETS[..1] } else { &SOCKETS };
    let others = families
        .iter()
        .map(|&family| Condition::new(0, Length::Dword, Op::Ne, u64::from(family.cast_unsigned())));
    rules.insert(libc::SYS_socket, vec![Rule::new(others.collect::<Result<_, _>>()?)?]);
    // Each type of namespace by its own bit: a condition compares under a mask.
    let bits = (0..64).map(|bit| 1_u64 << bit).filter(|bit| NAMESPACES & bit != 0);
    let new = bits.map(|bit| Rule::new(vec![Condition::new(0, Length::Qword, Op::MaskedEq(bit), bit)?]));
    rules.insert(libc::SYS_clone, new.collect::<Result<_, _>>()?);
    // What types into the terminal that the program was started from.
    let requests = [libc::TIOCSTI, libc::TIOCLINUX].map(|request| {
        Rule::new(vec![Condition::new(1, Length::Dword, Op::Eq, request & u64::from(u32::MAX))?])
    });
    rules.insert(libc::SYS_ioctl, requests.into_iter().collect::<Result<_, _>>()?);
    // Its arguments are in memory, out of a filter's sight; "no such call" makes the C library use `clone`.
    let clone3 = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    Ok(vec![filter(clone3, libc::ENOSYS)?, filter(rules, libc::EPERM)?])
}

fn filter(rules: BTreeMap<i64, Vec<Rule>>, errno: i32) -> Result<BpfProgram, FilterError> {
    let architecture: TargetArch = std::env::consts::ARCH.try_into()?;
    let refuse = SeccompAction::Errno(errno.cast_unsigned());
    SeccompFilter::new(rules, SeccompAction::Allow, refuse, architecture)?.try_into()
}
