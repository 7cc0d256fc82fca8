//! Paths that a program may reach, by Landlock: a second wall behind the file tree of its own.

use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

/// What is allowed; everything else that Landlock knows is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Confinement {
    /// Folders and files to read and execute.
    pub(crate) readable: Vec<PathBuf>,
    /// Folders to write in, and devices.
    pub(crate) writable: Vec<PathBuf>,
}

/// The newest version of Landlock whose rights are asked for; older kernels give what they have.
const NEWEST: ABI = ABI::V6;

impl Confinement {
    /// Confines the calling thread, and what it starts, for good. Whether anything of it holds on this kernel.
    pub(crate) fn apply(&self) -> Result<bool, RulesetError> {
        let mut rules = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?
            .create()?;
        for (paths, access) in [
            (&self.readable, AccessFs::from_read(NEWEST)),
            (&self.writable, AccessFs::from_all(NEWEST) & !AccessFs::Execute),
        ] {
            for path in paths {
                // What is not there needs no rule.
                let Ok(path) = PathFd::new(path) else { continue };
                rules = rules.add_rule(PathBeneath::new(path, access))?;
            }
        }
        Ok(rules.restrict_self()?.ruleset != RulesetStatus::NotEnforced)
    }
}
