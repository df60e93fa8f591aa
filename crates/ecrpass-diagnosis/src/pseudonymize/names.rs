//! What was replaced by what, and where in a word it stands.

use std::collections::{HashMap, HashSet};

use super::{address, email, host};
use ecrpass_core::account::is_account_id;

/// Remembers what was replaced by what.
#[derive(Debug, Default)]
pub(super) struct Names {
    accounts: Issued,
    names: Issued,
    hosts: Issued,
    addresses: Issued,
    users: Issued,
    /// Hosts that are known by their place, whatever they end in.
    placed: HashSet<String>,
    /// What was given out, and what looks like it and stood in a text already.
    taken: HashSet<String>,
}

/// What a name is the name of.
pub(super) enum Table {
    Names,
    Hosts,
    Users,
}

/// Whether a word is one of ours already: masking twice is masking once.
fn is_masked(word: &str) -> bool {
    let bare = word.strip_suffix(".example").unwrap_or(word);
    // `registry.host-1`
    let bare = bare.rsplit('.').next().unwrap_or(bare);
    KINDS.iter().chain(&["host-", "user-", "100000000"]).any(|kind| {
        bare.strip_prefix(kind).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// The stand-ins for names in ARNs; what the name tells of a role stays, since causes are told by it.
const KINDS: [&str; 4] = ["name-", "execution-name-", "node-name-", "i-name-"];

/// The kind of stand-in for a name: a task's execution role, a node's role, an instance as a session.
fn telling(name: &str) -> &'static str {
    let lower = name.to_ascii_lowercase();
    let [plain, execution, node, instance] = KINDS;
    match () {
        () if lower.contains("execution") => execution,
        () if lower.contains("node") => node,
        () if lower.starts_with("i-") => instance,
        () => plain,
    }
}

impl Names {
    /// Sets aside what looks like a stand-in in a text: it stays, and nothing else is called the same.
    pub(super) fn reserve(&mut self, text: &str) {
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || ".-_:".contains(c))) {
            if !word.bytes().any(|b| b.is_ascii_digit()) {
                continue;
            }
            for part in word.split(['.', ':']).filter(|part| is_masked(part)) {
                self.taken.insert(part.to_owned());
            }
            for label in
                word.split(['.', '-', '_', ':']).filter(|label| is_account_id(label) && is_masked(label))
            {
                self.taken.insert(label.to_owned());
            }
            for part in [word.trim_end_matches(['.', ':']), word.split(':').next().unwrap_or_default()] {
                if address::is_ours(part) {
                    self.taken.insert(part.to_owned());
                }
            }
        }
    }

    /// A host by its place. ECR's own stay, also mistyped ones, and so does what could be any word.
    pub(super) fn learn_host(&mut self, key: &str) {
        let host = key.split_once("://").map_or(key, |(_, rest)| rest);
        let host = host.split('/').next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
        let host = host.trim_end_matches('.');
        let is_host = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
        let is_ecr = host.split('.').any(|label| matches!(label, "dkr" | "ecr" | "dkr-ecr"));
        if is_host && !is_ecr && !is_common(host) && !is_masked(host) && host::is_foreign_in_url(host) {
            self.placed.insert(host.to_owned());
        }
    }

    pub(super) fn word(&mut self, word: &str, output: &mut String) {
        if let Some(at) = word.find("arn:aws") {
            let (before, arn) = word.split_at(at);
            self.plain(before, output);
            self.arn(arn, output);
        } else {
            self.plain(word, output);
        }
    }

    /// `arn:partition:service:region:account:resource`
    fn arn(&mut self, arn: &str, output: &mut String) {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                output.push(':');
            }
            match index {
                0..=3 => output.push_str(part),
                4 => self.plain(part, output),
                _ => self.resource(part, output),
            }
        }
    }

    /// `assumed-role/NAME/SESSION`: the kind stays.
    fn resource(&mut self, resource: &str, output: &mut String) {
        // A repository's name stands everywhere else too.
        if resource.starts_with("repository/") {
            output.push_str(resource);
            return;
        }
        let trailing = resource.len() - resource.trim_end_matches(['.', ':', ',']).len();
        let (resource, punctuation) = resource.split_at(resource.len() - trailing);
        for (index, part) in resource.split('/').enumerate() {
            if index > 0 {
                output.push('/');
                let name = self.named(Table::Names, part, telling(part));
                output.push_str(&name);
            } else {
                output.push_str(part);
            }
        }
        output.push_str(punctuation);
    }

    /// Account ids, hosts and e-mail addresses in what is no ARN.
    fn plain(&mut self, word: &str, output: &mut String) {
        let is_part = |c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-' || c == '_');
        let mut rest = word;
        let mut in_url = false;
        let mut may_be_address = true;
        while !rest.is_empty() {
            if let Some((user, domain)) = email::at_start(rest) {
                output.push_str(&self.named(Table::Users, user, "user-"));
                output.push('@');
                self.part(domain, true, output);
                rest = rest.get(user.len() + 1 + domain.len()..).unwrap_or_default();
                continue;
            }
            if let Some(address) = may_be_address.then(|| address::v6_at_start(rest)).flatten() {
                output.push_str(&self.address(address, address::pseudonym_v6));
                rest = rest.get(address.len()..).unwrap_or_default();
                may_be_address = false;
                continue;
            }
            let end = rest.find(is_part).unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            // What comes before an `@` is a user.
            self.part(part, in_url && !after.starts_with('@'), output);
            let next = after.chars().next();
            // `addr:2600::1`, but not the middle of an address.
            may_be_address = next != Some(':') || part.bytes().any(|b| !b.is_ascii_hexdigit());
            output.extend(next);
            // Behind three slashes is a path: `unix:///var/run/docker.sock`.
            in_url = output.ends_with("//") && !output.ends_with("///");
            rest = after.get(next.map_or(0, char::len_utf8)..).unwrap_or_default();
        }
    }

    /// A run of letters, digits, dots and hyphens; in a URL, or behind an `@`, it is a host for certain.
    fn part(&mut self, part: &str, is_host: bool, output: &mut String) {
        let bare = part.trim_end_matches('.');
        let dots = part.get(bare.len()..).unwrap_or_default();
        if is_masked(bare) {
            output.push_str(bare);
        } else if let Some(name) = self.names.by_name.get(bare).filter(|_| !is_common(bare)) {
            output.push_str(name);
        } else if host::is_foreign_address(bare) {
            output.push_str(&self.address(bare, host::pseudonym));
        } else if self.placed.contains(bare)
            || host::is_foreign(bare)
            || host::is_ec2_name(bare)
            || is_host && host::is_foreign_in_url(bare)
        {
            if let Some(label) = host::generic_label(bare) {
                output.push_str(label);
                output.push('.');
            }
            output.push_str(&self.named(Table::Hosts, bare, "host-"));
            output.push_str(".example");
        } else {
            self.accounts(bare, output);
        }
        output.push_str(dots);
    }

    /// Account ids that stand alone, begin a host or stand inside a name: `cdk-assets-123456789012-us-east-1`.
    fn accounts(&mut self, text: &str, output: &mut String) {
        for piece in text.split_inclusive(['.', '-', '_']) {
            let label = piece.trim_end_matches(['.', '-', '_']);
            if is_account_id(label) && !is_masked(label) {
                output.push_str(&self.account(label));
            } else {
                output.push_str(label);
            }
            output.push_str(piece.get(label.len()..).unwrap_or_default());
        }
    }

    /// The stand-in for a name: the one it has, or the next free one.
    pub(super) fn named(&mut self, table: Table, name: &str, kind: &str) -> String {
        if is_masked(name) {
            return name.to_owned();
        }
        let names = match table {
            Table::Names => &mut self.names,
            Table::Hosts => &mut self.hosts,
            Table::Users => &mut self.users,
        };
        names.of(name, &mut self.taken, |number| format!("{kind}{}", number + 1))
    }

    /// What was given out, and what it stands for.
    pub(super) fn issued(&self) -> HashMap<String, &str> {
        let plain = [&self.accounts, &self.names, &self.addresses, &self.users];
        let plain = plain.into_iter().flat_map(|of| &of.by_name).map(|(name, made)| (made.clone(), name));
        let hosts = self.hosts.by_name.iter().map(|(name, made)| (format!("{made}.example"), name));
        plain.chain(hosts).map(|(made, name)| (made, name.as_str())).collect()
    }

    fn account(&mut self, id: &str) -> String {
        self.accounts.of(id, &mut self.taken, pseudonym)
    }

    fn address(&mut self, address: &str, pseudonym: fn(usize) -> String) -> String {
        self.addresses.of(address, &mut self.taken, pseudonym)
    }
}

/// Stand-ins of one kind.
#[derive(Debug, Default)]
struct Issued {
    by_name: HashMap<String, String>,
    /// The number to try next: what is taken is passed over once.
    next: usize,
}

impl Issued {
    fn of(&mut self, name: &str, taken: &mut HashSet<String>, make: impl Fn(usize) -> String) -> String {
        if let Some(known) = self.by_name.get(name) {
            return known.clone();
        }
        let stand_in = loop {
            let made = make(self.next);
            self.next += 1;
            // The ranges for addresses end; better one twice than no answer.
            if taken.insert(made.clone()) || self.next > 60_000 {
                break made;
            }
        };
        self.by_name.insert(name.to_owned(), stand_in.clone());
        stand_in
    }
}

/// The longest that a stand-in can be, in bytes.
const LONGEST: usize = 64;

/// The stand-in that a text begins with, by its length, and what it stands for: no part of a longer word, nor of a longer
/// number. An account's may stand between hyphens.
pub(super) fn issued_at_start<'a>(
    issued: &HashMap<String, &'a str>,
    before: &str,
    text: &str,
) -> Option<(usize, &'a str)> {
    let ends_in = |is_one: fn(char) -> bool| before.ends_with(is_one);
    if ends_in(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b".:-_".contains(&b);
    let run = text.bytes().take(LONGEST).take_while(|b| is_part(*b)).count();
    let joins = |c: char| matches!(c, '-' | '_');
    (1..=run).rev().find_map(|end| {
        let (made, after) = text.split_at_checked(end)?;
        let next = after.chars().next();
        let name = issued.get(made).filter(|_| !next.is_some_and(|c| c.is_ascii_alphanumeric()))?;
        let may_be_joined = is_account_id(made);
        (may_be_joined || !ends_in(joins) && !next.is_some_and(joins)).then_some((end, *name))
    })
}

/// Words that are everybody's, and too short ones: as somebody's name they count only inside an ARN.
fn is_common(name: &str) -> bool {
    const WORDS: [&str; 51] = [
        "home",
        "local",
        "sbin",
        "docker",
        "podman",
        "aws",
        "ecr",
        "root",
        "default",
        "pull",
        "push",
        "login",
        "token",
        "user",
        "admin",
        "build",
        "deploy",
        "image",
        "registry",
        "repository",
        "role",
        "policy",
        "error",
        "denied",
        "access",
        "server",
        "client",
        "credentials",
        "password",
        "auth",
        "auths",
        "config",
        "helper",
        "store",
        "container",
        "containerd",
        "kubelet",
        "node",
        "task",
        "execution",
        "instance",
        "session",
        "production",
        "staging",
        "development",
        "test",
        "main",
        "latest",
        "linux",
        "credhelpers",
        "credsstore",
    ];
    name.len() < 4 || WORDS.contains(&name.to_ascii_lowercase().as_str())
}

/// Account ids that are nobody's: 100000000001, 100000000002 and so on.
fn pseudonym(known: usize) -> String {
    format!("{}", 100_000_000_001_u64 + known as u64)
}
