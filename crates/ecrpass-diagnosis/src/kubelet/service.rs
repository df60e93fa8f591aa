//! The command of a service, as systemd puts it together from its unit, the drop-ins and the files of variables.
//!
//! Source: systemd.service(5), systemd.exec(5), systemd.unit(5).

use super::env_file;

/// A service, as far as what it runs goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    command: Option<String>,
    assigned: Vec<(String, String)>,
    files: Vec<String>,
}

/// Programs that run a kubelet with the arguments that they are given.
const KUBELETS: [&str; 4] = ["kubelet", "hyperkube", "k3s", "rke2"];

impl Service {
    /// From the texts of the unit and its drop-ins, in the order in which systemd reads them.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut service = Self::default();
        for text in texts {
            let mut is_service = false;
            for line in lines(text) {
                if line.starts_with('[') {
                    is_service = line == "[Service]";
                    continue;
                }
                let Some((key, value)) = line.split_once('=').filter(|_| is_service) else { continue };
                let value = value.trim();
                match key.trim() {
                    "ExecStart" => service.command = (!value.is_empty()).then(|| value.to_owned()),
                    "Environment" if value.is_empty() => service.assigned.clear(),
                    "Environment" => service.assigned.extend(
                        words(value)
                            .iter()
                            .filter_map(|word| word.split_once('='))
                            .map(|(name, value)| (name.to_owned(), value.to_owned())),
                    ),
                    "EnvironmentFile" if value.is_empty() => service.files.clear(),
                    "EnvironmentFile" => {
                        service.files.push(value.strip_prefix('-').unwrap_or(value).to_owned());
                    }
                    _ => {}
                }
            }
        }
        service
    }

    /// The files of variables that it reads, the one that counts most last.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// Whether a variable is set by the unit itself, to something.
    pub fn assigns(&self, name: &str) -> bool {
        self.assigned.iter().rfind(|(key, _)| key == name).is_some_and(|(_, value)| !value.trim().is_empty())
    }

    /// Whether its command has a variable's words among its own.
    pub fn uses(&self, name: &str) -> bool {
        self.command.as_ref().is_some_and(|command| {
            let mut is_used = false;
            expand(command, &mut |found| {
                is_used |= found == name;
                String::new()
            });
            is_used
        })
    }

    /// Its whole command in one line, with the texts of the files that are there; `None` where something else than a
    /// kubelet is run, a script for example, or where it cannot be known what with.
    pub fn command<'a>(&self, text: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
        let command = self.command.as_deref()?;
        // Names that systemd makes up, patterns of names, and what a shell would run first.
        let is_open = |path: &String| path.contains(['%', '*', '?', '[']);
        if self.files.iter().any(is_open) || command.contains(['`', '%']) || command.contains("$(") {
            return None;
        }
        let mut known = self.assigned.clone();
        known.extend(self.files.iter().filter_map(|path| text(path)).flat_map(env_file::variables));
        let expanded = expand(command, &mut |name| {
            known.iter().rfind(|(key, _)| key == name).map_or_else(String::new, |(_, value)| value.clone())
        });
        let joined = words(&expanded).join(" ");
        let is_kubelet = joined.split_whitespace().any(|word| {
            let program = word.trim_start_matches(['-', '@', ':', '+', '!', '|']);
            KUBELETS.contains(&program.rsplit('/').next().unwrap_or_default())
        });
        is_kubelet.then_some(joined)
    }
}

/// The lines of a unit, those that go on put together, without comments.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        if line.trim_start().starts_with(['#', ';']) {
            continue;
        }
        let (part, more) = line.trim_end().strip_suffix('\\').map_or((line, false), |part| (part, true));
        match lines.last_mut().filter(|_| goes_on) {
            Some(last) => {
                last.push(' ');
                last.push_str(part.trim());
            }
            None => lines.push(part.trim().to_owned()),
        }
        goes_on = more;
    }
    lines
}

/// Words as systemd separates them: by blanks that are in no quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            ('\\', _) => word.get_or_insert_default().extend(chars.next()),
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// A command with the values of its variables: `$NAME` and `${NAME}`.
fn expand(command: &str, value: &mut dyn FnMut(&str) -> String) -> String {
    let mut expanded = String::new();
    let mut rest = command;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            expanded.push('$');
            rest = after;
            continue;
        }
        let (inner, end) = match after.strip_prefix('{') {
            Some(inner) => (inner, inner.find('}')),
            None => (
                after,
                Some(after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len())),
            ),
        };
        let Some(end) = end.filter(|end| *end > 0) else {
            expanded.push('$');
            rest = after;
            continue;
        };
        expanded.push_str(&value(inner.get(..end).unwrap_or_default()));
        let rest_of = inner.get(end..).unwrap_or_default();
        rest = if after.starts_with('{') { rest_of.strip_prefix('}').unwrap_or(rest_of) } else { rest_of };
    }
    expanded.push_str(rest);
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;

    const KUBEADM: &str = "# Note\n[Service]\nEnvironment=\"KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml\"\nEnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\nEnvironmentFile=-/etc/default/kubelet\nExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS\n";

    fn command(texts: &[&str], files: &[(&str, &str)]) -> Option<String> {
        let service = Service::of(texts.iter().copied());
        service.command(&|path| files.iter().find(|(name, _)| *name == path).map(|(_, text)| *text))
    }

    #[test]
    fn a_command_is_put_together() {
        let unit = "[Unit]\nExecStart=no\n[Service]\nExecStart=/usr/bin/kubelet\n";
        let files = [
            ("/var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=\"--a --b=1\"\n"),
            ("/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--c\n"),
        ];
        assert_eq!(
            command(&[unit, KUBEADM], &files).as_deref(),
            Some("/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml --a --b=1 --c")
        );
        // A drop-in's own variable, which a file overrides.
        let drop_in = "[Service]\nEnvironment=\"KUBELET_EXTRA_ARGS=--of-unit\" 'X=1 2'\n";
        assert!(command(&[unit, KUBEADM, drop_in], &files).unwrap().ends_with(" --c"));
        assert!(command(&[unit, KUBEADM, drop_in], &[]).unwrap().ends_with(" --of-unit"));
        assert!(Service::of([unit, KUBEADM, drop_in]).assigns("KUBELET_EXTRA_ARGS"));
        assert!(Service::of([KUBEADM]).uses("KUBELET_EXTRA_ARGS"));
        assert!(!Service::of([unit]).uses("KUBELET_EXTRA_ARGS"));
        assert_eq!(
            Service::of([KUBEADM, "[Service]\nEnvironmentFile=\nEnvironmentFile=/x\n"]).files(),
            ["/x"]
        );
        // As k3s' installation writes it, and through a shell.
        let k3s = "[Service]\nExecStart=/usr/local/bin/k3s \\\n    server \\\n# why\n\t'--kubelet-arg' \\\n\t'a=b' \\\n";
        assert_eq!(command(&[k3s], &[]).as_deref(), Some("/usr/local/bin/k3s server --kubelet-arg a=b"));
        let shell = "[Service]\nExecStart=/bin/sh -c \"exec /usr/bin/kubelet ${KUBELET_EXTRA_ARGS} --x\"\n";
        assert_eq!(
            command(&[KUBEADM, shell], &files).as_deref(),
            Some("/bin/sh -c exec /usr/bin/kubelet --c --x")
        );
    }

    #[test]
    fn what_cannot_be_known_is_not_guessed() {
        for line in [
            "ExecStart=/opt/start-kubelet.sh",
            "ExecStart=/bin/sh -c \"exec kubelet $(cat /etc/args)\"",
            "ExecStart=/usr/bin/kubelet --node=%H",
            "EnvironmentFile=/etc/kubelet.d/*.env\nExecStart=/usr/bin/kubelet",
            "ExecStart=",
        ] {
            assert_eq!(command(&[&format!("[Service]\n{line}\n")], &[]), None, "{line}");
        }
    }
}
