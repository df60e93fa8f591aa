//! Whose a file is: whoever reads a repository has what is in it; what lies in a user's home is for that user.

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// It is part of a repository: whoever may read that has it.
    Repository,
    /// It is a user's or a service's own, on a machine.
    Machine,
}

/// Whose a file of that path is. Within a repository all belongs to it, also a file named like a user's own.
pub fn owner(path: &str, is_repository: bool) -> Owner {
    if is_repository {
        return Owner::Repository;
    }
    let path = path.replace('\\', "/");
    let path = path.trim_start_matches("./").trim_start_matches('/');
    let first = path.split('/').next().unwrap_or_default();
    let of_machine = ["home", "root", "etc", "var", "Users", "run"].contains(&first) && path.contains('/');
    let of_user = [".docker/config.json", ".aws/credentials", ".aws/config", "containers/auth.json"];
    let is_own = of_user.iter().any(|end| path == *end || path.ends_with(&format!("/{end}")))
        || path.ends_with(".dockercfg")
        || path.ends_with("_history");
    if of_machine || is_own { Owner::Machine } else { Owner::Repository }
}
