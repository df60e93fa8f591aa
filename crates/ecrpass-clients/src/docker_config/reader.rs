//! Reads a configuration as its clients do.

use std::collections::{HashMap, HashSet};

use ecrpass_core::sort::sort_by_key;
use ecrpass_json::document::is_null;
use ecrpass_json::{Document, Member, Value, is_field};

use super::auth::StoredCredentials;
use super::model::{
    AuthsEntry, Dialect, DockerConfig, Format, HelperEntry, LoginPart, Problem, ProblemKind, Store,
};
use super::other_fields;

impl DockerConfig {
    /// Understands a document as Go's clients do.
    pub fn read(document: &Document, format: Format) -> Self {
        Self::read_as(document, format, Dialect::Go)
    }

    /// Understands a document as clients in Go or in other languages do.
    pub fn read_as(document: &Document, format: Format, dialect: Dialect) -> Self {
        let mut reader = Reader { document, config: Self::default() };
        if document.has_byte_order_mark() {
            let client = if format == Format::Regctl { "regctl" } else { "docker" };
            let message =
                format!("the configuration begins with a byte order mark; {client} refuses the file");
            reader.problem(ProblemKind::ByteOrderMark, 0, message);
        }
        if let Some(offset) = document.trailing().filter(|_| format != Format::Regctl) {
            let message = "there is more after the end of the configuration: docker passes over it; podman, Python clients and kubelets refuse the file";
            reader.problem(ProblemKind::TrailingText, offset, message.to_owned());
        }
        match format {
            Format::Current => reader.current(dialect),
            Format::Legacy => reader.auths(document.root(), &[]),
            Format::Regctl => reader.regctl(),
        }
        reader.finish()
    }
}

/// Whether a field holds entries, which Go joins.
fn is_entries(key: &str) -> bool {
    ["auths", "credHelpers"].iter().any(|name| is_field(key, name))
}

/// Whether a field of an entry of regctl's is what its `registry login` writes, and no other setting.
fn is_of_login(host: &str, field: &Member) -> bool {
    let is = |name: &str| is_field(&field.key, name);
    let says = |text: &str| field.value.text() == Some(text);
    ["user", "pass", "token"].iter().any(|name| is(name))
        || is("tls") && says("enabled")
        || is("hostname") && says(host)
}

struct Reader<'a> {
    document: &'a Document,
    config: DockerConfig,
}

impl<'a> Reader<'a> {
    fn problem(&mut self, kind: ProblemKind, offset: usize, message: String) {
        let place = self.document.place(offset);
        self.config.problems.push(Problem { kind, place, offset, message });
    }

    fn wrong_type(&mut self, member: &Member, wanted: &str) {
        self.wrong(ProblemKind::WrongType, member, wanted);
    }

    fn wrong(&mut self, kind: ProblemKind, member: &Member, wanted: &str) {
        let message = format!("`{}` must be {wanted}, not {}", member.key, member.value.kind_name());
        self.problem(kind, member.value.span.start, message);
    }

    fn duplicates(&mut self, members: &[Member]) {
        let mut seen = HashSet::new();
        for member in members {
            if !seen.insert(member.key.as_str()) {
                let message = format!("`{}` stands here a second time", member.key);
                let is_joined = is_entries(&member.key) && member.value.members().is_some();
                if !is_joined && is_entries(&member.key) && is_null(&member.value) {
                    continue;
                }
                let kind = if is_joined { ProblemKind::DuplicateObject } else { ProblemKind::DuplicateKey };
                self.problem(kind, member.key_span.start, message);
            }
        }
    }

    fn current(&mut self, dialect: Dialect) {
        let members = self.document.root().members().unwrap_or_default();
        self.duplicates(members);
        // The last of several equal keys.
        let last: HashMap<&str, usize> =
            members.iter().enumerate().map(|(index, member)| (member.key.as_str(), index)).collect();
        for (index, member) in members.iter().enumerate() {
            let is = |name: &str| is_field(&member.key, name);
            let known = ["auths", "credHelpers", "credsStore"].into_iter().find(|name| is(name));
            if let Some(name) = known.filter(|name| member.key != *name) {
                let message = format!(
                    "`{}` is read as `{name}` by docker and podman, and not at all by docker-py and Java clients",
                    member.key
                );
                self.problem(ProblemKind::UnusualCase, member.key_span.start, message);
            }
            let passed_over = dialect == Dialect::Strict
                && (known != Some(member.key.as_str()) || last.get(member.key.as_str()) != Some(&index));
            match known {
                Some(_) if passed_over => {}
                Some(name) if is_null(&member.value) && dialect == Dialect::Go => self.forget(name, member),
                _ if is_null(&member.value) => {}
                Some("auths") => self.auths_field(member, index),
                Some("credHelpers") => self.helpers_field(member, index),
                Some(_) => self.store_field(member, index),
                None => {
                    for (kind, member, wanted) in other_fields::wrong(member) {
                        self.wrong(kind, member, wanted);
                    }
                }
            }
        }
    }

    /// `null` makes Go's map of entries an empty one again.
    fn forget(&mut self, name: &str, member: &Member) {
        let mut any = false;
        let mut forget = |overridden: &mut bool| any |= !std::mem::replace(overridden, true);
        match name {
            "auths" => self.config.auths.iter_mut().for_each(|entry| forget(&mut entry.overridden)),
            "credHelpers" => {
                self.config.cred_helpers.iter_mut().for_each(|entry| forget(&mut entry.overridden));
            }
            _ => {}
        }
        if any {
            let message =
                format!("`{}` stands here again, as null: docker forgets the entries before it", member.key);
            self.problem(ProblemKind::NullAfterObject, member.key_span.start, message);
        }
    }

    fn auths_field(&mut self, member: &'a Member, index: usize) {
        match member.value.members() {
            Some(_) => self.auths(&member.value, &[index]),
            None => self.wrong_type(member, "an object with one entry for each registry"),
        }
    }

    fn auths(&mut self, object: &'a Value, path: &[usize]) {
        let members = object.members().unwrap_or_default();
        self.duplicates(members);
        self.config.auths.reserve_exact(members.len());
        for (index, member) in members.iter().enumerate() {
            if member.value.members().is_none() && !is_null(&member.value) {
                self.wrong_type(member, "an object");
                continue;
            }
            let fields = member.value.members().unwrap_or_default();
            for field in fields.iter().filter(|field| StoredCredentials::is_field(&field.key)) {
                if field.value.text().is_none() && !is_null(&field.value) {
                    self.wrong_type(field, "a string");
                }
            }
            let credentials = StoredCredentials::read(fields);
            if let Err(error) = credentials.login() {
                let message = format!("the `auth` of {} {error}", member.key);
                self.problem(ProblemKind::Undecodable, member.value.span.start, message);
            }
            self.config.auths.push(AuthsEntry {
                key: member.key.clone(),
                pointer: [path, &[index]].concat(),
                login: LoginPart::Entry,
                span: member.span(),
                overridden: false,
                is_null: is_null(&member.value),
                credentials,
            });
        }
    }

    /// regctl's entries, each with the login and the helper of a host beside other settings.
    fn regctl(&mut self) {
        let members = self.document.root().members().unwrap_or_default();
        for (outer, hosts) in members.iter().enumerate().filter(|(_, member)| is_field(&member.key, "hosts"))
        {
            for (inner, member) in hosts.value.members().unwrap_or_default().iter().enumerate() {
                let Some(fields) = member.value.members() else { continue };
                let pointer = vec![outer, inner];
                let credentials = StoredCredentials::read_regctl(fields);
                let field = |name: &str| fields.iter().rposition(|field| is_field(&field.key, name));
                let has_more = fields.iter().any(|field| !is_of_login(&member.key, field));
                let login = match field("pass").or_else(|| field("token")) {
                    Some(secret) if has_more => LoginPart::Member(secret),
                    Some(_) => LoginPart::Entry,
                    None => LoginPart::None,
                };
                let helper = field("credHelper").and_then(|index| Some((index, fields.get(index)?)));
                if let Some((index, helper)) = helper
                    && let Some(program) = helper.value.text().filter(|program| !program.is_empty())
                {
                    self.config.cred_helpers.push(HelperEntry {
                        key: member.key.clone(),
                        helper: program.strip_prefix("docker-credential-").unwrap_or(program).to_owned(),
                        pointer: [pointer.as_slice(), &[index]].concat(),
                        span: helper.span(),
                        overridden: false,
                    });
                }
                self.config.auths.push(AuthsEntry {
                    key: member.key.clone(),
                    pointer,
                    login,
                    span: member.span(),
                    overridden: false,
                    is_null: false,
                    credentials,
                });
            }
        }
    }

    fn helpers_field(&mut self, member: &'a Member, index: usize) {
        let Some(members) = member.value.members() else {
            self.wrong_type(member, "an object with a helper's name for each registry");
            return;
        };
        self.duplicates(members);
        for (inner, entry) in members.iter().enumerate() {
            let helper = match entry.value.text() {
                Some(helper) => helper,
                None if is_null(&entry.value) => "",
                None => {
                    self.wrong_type(entry, "a helper's name");
                    continue;
                }
            };
            self.config.cred_helpers.push(HelperEntry {
                key: entry.key.clone(),
                helper: helper.to_owned(),
                pointer: vec![index, inner],
                span: entry.span(),
                overridden: false,
            });
        }
    }

    fn store_field(&mut self, member: &Member, index: usize) {
        match member.value.text() {
            Some(helper) => {
                let store = Store { helper: helper.to_owned(), pointer: vec![index], span: member.span() };
                self.config.creds_store = (!helper.is_empty()).then_some(store);
            }
            None => self.wrong(ProblemKind::WrongDockerType, member, "a helper's name"),
        }
    }

    fn finish(mut self) -> DockerConfig {
        let config = &mut self.config;
        let mut is_overridden =
            overridden(config.auths.iter().map(|entry| (entry.key.as_str(), entry.overridden)));
        for entry in &mut config.auths {
            entry.overridden = is_overridden.pop().unwrap_or_default();
        }
        let mut is_overridden =
            overridden(config.cred_helpers.iter().map(|entry| (entry.key.as_str(), entry.overridden)));
        for entry in &mut config.cred_helpers {
            entry.overridden = is_overridden.pop().unwrap_or_default();
        }
        let helper = |index: &usize| config.cred_helpers.get(*index);
        let in_force = |index: &usize| helper(index).is_some_and(|entry| !entry.overridden);
        config.helpers_in_force = (0..config.cred_helpers.len()).filter(in_force).collect();
        sort_by_key(&mut config.helpers_in_force, |index| helper(index).map(|entry| entry.key.as_str()));
        config.is_configured = config.auths.iter().any(|entry| !entry.overridden)
            || !config.helpers_in_force.is_empty()
            || config.creds_store.is_some();
        sort_by_key(&mut config.problems, |problem| problem.offset);
        self.config
    }
}

/// Whether each entry, the last first, is overridden: it was already, or the same key comes later.
fn overridden<'a>(entries: impl DoubleEndedIterator<Item = (&'a str, bool)>) -> Vec<bool> {
    let mut seen = HashSet::new();
    entries.rev().map(|(key, overridden)| overridden || !seen.insert(key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> DockerConfig {
        DockerConfig::read(&Document::parse(text).unwrap(), Format::Current)
    }

    #[test]
    fn entries_are_read_as_go_reads_them() {
        let config = read(
            r#"{"auths": {"a": {"auth": "QVdTOng="}, "b": {}}, "CREDHELPERS": {"a": "x", "a": "y"},
                "auths": {"a": {"username": "u", "password": "p"}, "c": null}, "credHelpers": {"d": null},
                "credsStore": "first", "credsStore": "second"}"#,
        );
        let auths: Vec<(&str, bool)> =
            config.auths.iter().map(|entry| (entry.key.as_str(), entry.overridden)).collect();
        assert_eq!(auths, [("a", true), ("b", false), ("a", false), ("c", false)]);
        let decoded = config.auths[2].credentials.decoded().unwrap().unwrap();
        assert_eq!((decoded.0.as_str(), decoded.1.expose()), ("u", "p"));
        assert_eq!(config.helper_for("a").unwrap().helper, "y");
        assert_eq!(config.helper_for("d").unwrap().helper, "");
        assert_eq!(config.creds_store.unwrap().helper, "second");
    }

    #[test]
    fn problems_have_their_place() {
        let config = read(
            "{\n \"auths\": {\"h\": 1, \"i\": {\"auth\": \"%\"}, \"j\": {\"auth\": 5}},\n \"credHelpers\": [],\n \"experimental\": true,\n \"Credsstore\": \"x\",\n \"Credsstore\": 3,\n \"proxies\": \"\"\n}",
        );
        let problems: Vec<String> =
            config.problems.iter().map(|problem| format!("{} {}", problem.place, problem.message)).collect();
        insta::assert_snapshot!(problems.join("\n"), @r"
        2:17 `h` must be an object, not a number
        2:25 the `auth` of i is not valid base64
        2:54 `auth` must be a string, not a number
        3:17 `credHelpers` must be an object with a helper's name for each registry, not an array
        4:18 `experimental` must be a string, not a boolean
        5:2 `Credsstore` is read as `credsStore` by docker and podman, and not at all by docker-py and Java clients
        6:2 `Credsstore` stands here a second time
        6:2 `Credsstore` is read as `credsStore` by docker and podman, and not at all by docker-py and Java clients
        6:16 `Credsstore` must be a helper's name, not a number
        7:13 `proxies` must be an object, not a string
        ");
    }

    #[test]
    fn the_legacy_file_has_its_entries_at_the_top() {
        let document = Document::parse(r#"{"h": {"auth": "QVdTOng=", "email": "x"}}"#).unwrap();
        let config = DockerConfig::read(&document, Format::Legacy);
        assert_eq!((config.auths[0].key.as_str(), &config.auths[0].pointer), ("h", &vec![0]));
        assert!(config.problems.is_empty());
    }

    #[test]
    fn regctls_file_has_logins_and_helpers_beside_other_settings() {
        let document = Document::parse(
            r#"{"hosts": {
                "a": {"tls": "enabled", "hostname": "a", "user": "AWS", "pass": "p"},
                "b": {"user": "AWS", "pass": "p", "tls": "insecure"},
                "c": {"reqConcurrent": 3, "user": "x"},
                "d": {"credHelper": "docker-credential-ecr-login"}}}"#,
        )
        .unwrap();
        let config = DockerConfig::read(&document, Format::Regctl);
        let logins: Vec<_> =
            config.auths.iter().map(|entry| (entry.key.as_str(), entry.login_pointer())).collect();
        let (whole, password) = (vec![0, 0], vec![0, 1, 1]);
        assert_eq!(logins, [("a", Some(whole)), ("b", Some(password)), ("c", None), ("d", None)]);
        assert_eq!(config.auths[0].login_for_basic().as_deref(), Some("AWS"));
        assert!(config.auths[2].credentials.is_empty() && config.problems.is_empty());
        assert_eq!(config.helper_for("d").unwrap().helper, "ecr-login");
    }
}
