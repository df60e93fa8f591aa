//! Logins in a loop over an associative array of hosts: `docker login --username "${user[$host]}" "$host"`.

use std::ops::Range;

use crate::commands::Scripted;
use crate::deeds::login::{Login, login};
use crate::host::Host;
use crate::shell::Output;

/// What the arrays hold for a host of ECR.
pub struct Keyed {
    /// The login.
    pub bytes: Range<usize>,
    /// The user.
    pub user: Option<String>,
    /// The password.
    pub password: Option<String>,
}

/// The logins of a script whose user or password comes out of an array by its host, for each host of ECR in it.
pub fn of(scripted: &Scripted<'_>) -> Vec<Keyed> {
    let mut all = Vec::new();
    for (index, command) in scripted.commands() {
        let Some(login) = login(command).filter(|login| is_by_key(login)) else { continue };
        let user = login.user.as_ref().map(|user| user.raw.as_str());
        let fed = scripted.script.commands.iter().find(|other| other.output == Output::Pipe(index));
        let printed = fed.filter(|fed| matches!(fed.program(), "echo" | "printf"));
        let given = login.password.as_ref().map(|password| password.raw.as_str());
        let password = given.or_else(|| printed?.words.last().map(|word| word.raw.as_str()));
        let keyed = |word: Option<&str>| word.and_then(array_of).and_then(|name| for_ecr(scripted, name));
        let (user, password) = (keyed(user), keyed(password));
        if user.is_some() || password.is_some() {
            all.push(Keyed { bytes: command.bytes.clone(), user, password });
        }
    }
    all
}

/// Whether a login's host is a variable of which nothing is known.
fn is_by_key(login: &Login<'_>) -> bool {
    login.server.is_some_and(|(_, word)| {
        word.raw.starts_with('$')
            && word.value.alternatives().all(|host| Host::of_server(host) == Host::Unknown)
    })
}

/// The array of `${name[$key]}`.
fn array_of(word: &str) -> Option<&str> {
    let (name, key) = word.trim_matches('"').strip_prefix("${")?.split_once('[')?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name && key.starts_with('$') && key.ends_with("]}")).then_some(name)
}

/// What an array holds for a host of ECR: its elements are `[key]=value`.
fn for_ecr(scripted: &Scripted<'_>, name: &str) -> Option<String> {
    let (_, value) = scripted.script.variables.iter().find(|(set, _)| set == name)?;
    value.alternatives().find_map(|element| {
        let (key, value) = element.strip_prefix('[')?.split_once("]=")?;
        Host::of_server(key).is_private().then(|| value.to_owned())
    })
}
