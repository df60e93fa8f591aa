//! The commands of a script that make a login to ECR together: who fetches the password, who hands it on, who logs in.

use std::collections::BTreeSet;
use std::ops::Range;

use ecrpass_audit::commands::{Scripted, logins};
use ecrpass_audit::deeds::login::is_elsewhere;
use ecrpass_audit::deeds::{get_login, password};
use ecrpass_audit::shell::{Command, Dialect, Output};
use ecrpass_core::Registry;

use crate::convert::lines;
use crate::convert::work::{Obstacle, Target};

/// The logins of a script.
pub struct Chain<'a> {
    /// The script and what surrounds it.
    pub scripted: Scripted<'a>,
    /// The lines that go, in their order; the new ones come in place of the first.
    pub lines: Vec<Range<usize>>,
    /// All commands that go.
    pub commands: Vec<Range<usize>>,
    /// The hosts that are logged in to.
    pub hosts: Vec<String>,
}

/// The logins of a script, if it has any.
///
/// # Errors
/// The place that is not understood.
pub fn of<'a>(text: &str, scripted: &Scripted<'a>, target: &Target) -> Result<Option<Chain<'a>>, Obstacle> {
    let involved = involved(scripted);
    let commands = &scripted.script.commands;
    let Some(first) = involved.iter().find_map(|index| commands.get(*index)) else { return Ok(None) };
    if scripted.script.dialect != Dialect::Posix {
        return Err(Obstacle::new(
            first.bytes.clone(),
            "This is not a POSIX shell, and only its commands are rewritten.",
            "log in by the helper by hand: ecrpass ci generate shows the steps",
        ));
    }
    let places: Vec<Range<usize>> = involved
        .iter()
        .filter_map(|index| commands.get(*index))
        .map(|command| command.bytes.clone())
        .collect();
    let variables = variables(scripted, &involved);
    let is_theirs = |command: &Command| {
        command.words.is_empty() && command.assignments.iter().all(|(name, _)| variables.contains(name))
    };
    let mut gone: Vec<Range<usize>> = Vec::new();
    for place in &places {
        let whole = lines::whole(text, place);
        match gone.iter_mut().find(|known| known.start <= whole.end && whole.start <= known.end) {
            Some(known) => *known = known.start.min(whole.start)..known.end.max(whole.end),
            None => gone.push(whole),
        }
    }
    gone.sort_by_key(|range| range.start);
    for (index, command) in commands.iter().enumerate() {
        let touches =
            gone.iter().any(|line| command.bytes.start < line.end && line.start < command.bytes.end);
        let is_inside =
            places.iter().any(|place| place.start <= command.bytes.start && command.bytes.end <= place.end);
        if touches && !involved.contains(&index) && !is_inside && !is_theirs(command) {
            return Err(Obstacle::new(
                command.bytes.clone(),
                "This command stands in one line with the login.",
                "write the login in a line of its own",
            ));
        }
    }
    let hosts = hosts(scripted, &involved, target)?;
    let used = used_variable(scripted, &involved, &variables);
    if let Some(bytes) = used {
        return Err(Obstacle::new(
            bytes,
            "This uses the password that was fetched for the login, for something else.",
            "let it use the helper, or fetch a password of its own",
        ));
    }
    Ok(Some(Chain { scripted: scripted.clone(), lines: gone, commands: places, hosts }))
}

/// The indices of the commands that belong to a login.
fn involved(scripted: &Scripted<'_>) -> BTreeSet<usize> {
    let commands = &scripted.script.commands;
    let mut involved: BTreeSet<usize> = logins::of(scripted).iter().map(|login| login.index).collect();
    for (index, command) in scripted.commands() {
        if get_login(command).is_some() {
            involved.insert(index);
            let mut at = command;
            // `$(aws ecr get-login)`, `aws ecr get-login | sh`, `eval $(…)`.
            while let Output::Argument(next) | Output::Pipe(next) = at.output {
                if !involved.insert(next) {
                    break;
                }
                let Some(command) = commands.get(next) else { break };
                at = command;
            }
        }
    }
    loop {
        let before = involved.len();
        for (index, command) in commands.iter().enumerate() {
            let (Output::Pipe(reader) | Output::Argument(reader)) = command.output else { continue };
            if involved.contains(&reader) {
                involved.insert(index);
            }
        }
        if involved.len() == before {
            break;
        }
    }
    // The password's variable, where it is fetched before.
    let has_login = !involved.is_empty();
    for (index, command) in scripted.commands() {
        if has_login && matches!(command.output, Output::Variable(_)) && password::fetch(command).is_some() {
            involved.insert(index);
        }
    }
    involved
}

/// The variables that hold the password.
fn variables(scripted: &Scripted<'_>, involved: &BTreeSet<usize>) -> Vec<String> {
    let commands = involved.iter().filter_map(|index| scripted.script.commands.get(*index));
    let names = commands.filter_map(|command| match &command.output {
        Output::Variable(name) => Some(name.clone()),
        _ => None,
    });
    names.collect()
}

/// Where else a variable with the password is used.
fn used_variable(
    scripted: &Scripted<'_>,
    involved: &BTreeSet<usize>,
    variables: &[String],
) -> Option<Range<usize>> {
    let commands = scripted.commands().filter(|(index, _)| !involved.contains(index));
    let mut words = commands.flat_map(|(_, command)| &command.words);
    let uses = |raw: &str| {
        variables.iter().any(|name| raw.contains(&format!("${name}")) || raw.contains(&format!("${{{name}")))
    };
    words.find(|word| uses(&word.raw)).map(|word| word.bytes.clone())
}

/// The hosts of the logins, from their words, from the region of the password, or as they are given.
fn hosts(
    scripted: &Scripted<'_>,
    involved: &BTreeSet<usize>,
    target: &Target,
) -> Result<Vec<String>, Obstacle> {
    let mut hosts: Vec<String> = Vec::new();
    let mut add = |host: &str| {
        if !hosts.iter().any(|known| known == host) {
            hosts.push(host.to_owned());
        }
    };
    let unknown = |bytes: &Range<usize>| {
        Obstacle::new(
            bytes.clone(),
            "Which registry this logs in to is only known when it runs.",
            "add --registry with its host",
        )
    };
    for login in logins::of(scripted) {
        if let Some(what) = not_ours(&login) {
            return Err(Obstacle::new(
                login.command.bytes.clone(),
                what,
                "name the helper in the configuration of that client by hand: ecrpass setup",
            ));
        }
        let server = login.login.server.map(|(_, word)| word);
        let known: Vec<String> =
            server.into_iter().flat_map(|word| word.value.alternatives()).filter_map(literal).collect();
        let variable = server.and_then(|word| variable_of(&word.raw));
        match (known.as_slice(), &target.registry, variable) {
            ([], Some(registry), _) => add(registry.host()),
            ([], None, Some(variable)) => add(&variable),
            ([], None, None) => return Err(unknown(&login.command.bytes)),
            (known, ..) => known.iter().for_each(|host| add(host)),
        }
    }
    for command in involved.iter().filter_map(|index| scripted.script.commands.get(*index)) {
        if get_login(command).is_none() {
            continue;
        }
        let region = ecrpass_audit::deeds::arguments::option(&command.words, &["--region"])
            .and_then(|region| region.value.exactly().map(str::to_owned));
        let own = || {
            let (account, _) = target.account()?;
            ecrpass_audit::host::registry_of(&account, &region?)
        };
        match target.registry.clone().or_else(own) {
            Some(registry) => add(registry.host()),
            None => return Err(unknown(&command.bytes)),
        }
    }
    Ok(hosts)
}

/// Why a login is not for a client that reads the configuration of the job's own.
fn not_ours(login: &logins::EcrLogin<'_>) -> Option<String> {
    let client = login.login.client;
    if !["docker", "nerdctl", "crane", "oras", "cosign"].contains(&client) {
        return Some(format!("{client} has a configuration of its own, beside docker's."));
    }
    if login.command.is_wrapped_by("sudo") {
        return Some(
            "sudo runs this with another environment, in which the job's configuration is not named."
                .to_owned(),
        );
    }
    is_elsewhere(login.command)
        .then(|| "This logs in on another machine, or in another container.".to_owned())
}

/// The host of a server that is wholly known.
pub fn literal(server: &str) -> Option<String> {
    (!server.contains('$'))
        .then(|| Registry::parse(server).ok())
        .flatten()
        .map(|registry| registry.host().to_owned())
}

/// A server with variables in it, as a shell takes it between double quotes. Of a variable that is the whole server, what is
/// before the first slash is the host.
fn variable_of(raw: &str) -> Option<String> {
    let mut rest = raw;
    let mut has_more = false;
    let mut names = Vec::new();
    while let Some(first) = rest.chars().next() {
        if first == '$' {
            let behind = rest.get(1..)?;
            let is_braced = behind.starts_with('{');
            let name: String = behind
                .trim_start_matches('{')
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            let length = 1 + name.len() + if is_braced { 2 } else { 0 };
            let is_closed = !is_braced || rest.get(length - 1..length) == Some("}");
            if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !is_closed {
                return None;
            }
            names.push(name);
            rest = rest.get(length..)?;
        } else if first.is_ascii_alphanumeric() || first == '.' || first == '-' {
            has_more = true;
            rest = rest.get(1..)?;
        } else {
            return None;
        }
    }
    match names.as_slice() {
        [] => None,
        [name] if !has_more => Some(format!("${{{name}%%/*}}")),
        _ => raw.contains(".dkr.ecr.").then(|| raw.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_hosts_where_a_shell_takes_them_as_such() {
        assert_eq!(variable_of("$ECR"), Some("${ECR%%/*}".to_owned()));
        assert_eq!(variable_of("${ECR}"), Some("${ECR%%/*}".to_owned()));
        let mixed = "${ACCOUNT}.dkr.ecr.$REGION.amazonaws.com";
        assert_eq!(variable_of(mixed), Some(mixed.to_owned()));
        for other in ["${{ secrets.A }}", "$(id).dkr.ecr.x", "$1", "host", "${A", "$A/x", "${A:-x}"] {
            assert_eq!(variable_of(other), None, "{other}");
        }
    }
}
