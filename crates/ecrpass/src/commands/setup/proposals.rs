//! The registries that `ecrpass setup` proposes where none is named: those that configurations, files and the cache name,
//! and those that clusters and AWS profiles make likely. Nothing is set up without consent.

use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal, Read};
use std::path::PathBuf;

use docker_credential_ecr_login::cached_tokens;
use ecrpass_aws::files;
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_core::{CommandLine, Registry};
use ecrpass_credentials::aws_config::AwsConfig;
use ecrpass_diagnosis::inputs::eks_clusters;
use serde::Serialize;

use super::arguments::Arguments;
use super::registries::{Walk, found_in, of_account};
use crate::collect::configurations;
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::out;
use crate::render::ui::{DIM, STRONG, Ui, styled};

/// How far below the current directory files are looked for, and how many are read.
const HERE: Walk = Walk { depth: Some(4), most: 2000 };

/// The longest answer that is read, in bytes.
const MOST_ANSWER: u64 = 1000;

/// How many places of a registry are named.
const MOST_PLACES: usize = 4;

/// A registry that may be set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// Its host.
    pub host: String,
    /// What names it, or makes it likely.
    pub because: Vec<String>,
    /// Whether nothing names it: an account and a region were put together.
    pub guessed: bool,
}

/// The proposals, for programs.
#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    proposals: &'a [Proposal],
}

/// The registries that are to be set up, as somebody has agreed to.
///
/// # Errors
/// [`CommandError::Found`] when nobody has; when there is none.
pub fn chosen(
    arguments: &Arguments,
    environment: &dyn Environment,
    ui: &mut Ui,
) -> Result<Vec<String>, CommandError> {
    let all = gathered(environment, ui);
    if all.is_empty() {
        return Err(CommandError::problems(
            "no ECR registry was found: none is named in the configurations of docker and podman, in files below this directory, or in the cache, and neither a kubeconfig nor an AWS profile says an account and a region.",
            "name one: ecrpass setup <account>.dkr.ecr.<region>.amazonaws.com",
        ));
    }
    let hosts = |chosen: &[usize]| -> Vec<String> {
        chosen.iter().filter_map(|index| Some(all.get(*index)?.host.clone())).collect()
    };
    let every: Vec<usize> = (0..all.len()).collect();
    if arguments.yes {
        return Ok(hosts(&every));
    }
    let can_ask = io::stdin().is_terminal() && out::is_watched() && !ui.is_quiet();
    match arguments.format {
        Format::Json => ui.json(&Report { schema: "ecrpass/setup/1", proposals: &all })?,
        Format::Text => ui.results(shown(&all))?,
    }
    if arguments.format == Format::Text && can_ask {
        let chosen = asked(&all, ui)?;
        if !chosen.is_empty() {
            return Ok(hosts(&chosen));
        }
        ui.note("Nothing was changed.");
        return Err(CommandError::Found);
    }
    let named: Vec<&Proposal> = all.iter().filter(|one| !one.guessed).collect();
    let some = if named.is_empty() { all.iter().collect() } else { named };
    let line = CommandLine::shell("ecrpass setup");
    let line = some.into_iter().fold(line, |line, one| line.word(&one.host));
    ui.note(&format!("Nothing was changed. To set up those you want: {line}"));
    ui.note("To set up all of them: ecrpass setup --yes");
    Err(CommandError::Found)
}

/// Everything that is found, what is named first.
fn gathered(environment: &dyn Environment, ui: &mut Ui) -> Vec<Proposal> {
    let mut all = Gathered::default();
    for host in configurations::hosts(environment) {
        all.named(host, "a configuration of docker or podman".to_owned());
    }
    for host in here(environment, ui) {
        all.named(host, "files in this directory".to_owned());
    }
    if let Ok(cached) = cached_tokens() {
        for host in cached.tokens.into_iter().flat_map(|token| token.hosts) {
            all.named(host, "the helper's cache".to_owned());
        }
    }
    for (account, region, why) in of_clusters(environment).into_iter().chain(of_profiles(
        &files::load(),
        environment.nonempty_var("AWS_REGION").or_else(|| environment.nonempty_var("AWS_DEFAULT_REGION")),
    )) {
        if let Ok(host) = of_account(&account, &region) {
            all.guessed(host, why);
        }
    }
    all.finish()
}

/// The registries that files here name. What cannot be read is somebody else's business.
fn here(environment: &dyn Environment, ui: &mut Ui) -> Vec<String> {
    let Some(directory) = environment.directory() else { return Vec::new() };
    let mut hosts = Vec::new();
    // The home has everything in it.
    let walk =
        if environment.home().as_ref() == Some(&directory) { Walk { depth: Some(1), ..HERE } } else { HERE };
    let _ = found_in(environment, &directory, walk, &mut hosts, ui);
    hosts
}

#[derive(Default)]
struct Gathered {
    order: Vec<String>,
    proposals: BTreeMap<String, Proposal>,
}

impl Gathered {
    fn add(&mut self, host: String, because: String, guessed: bool) {
        // What a file names may be written in several ways.
        let Ok(registry) = Registry::parse(&host) else { return };
        let host = registry.host().to_owned();
        if !self.proposals.contains_key(&host) {
            self.order.push(host.clone());
        }
        let proposal =
            self.proposals.entry(host.clone()).or_insert(Proposal { host, because: Vec::new(), guessed });
        proposal.guessed &= guessed;
        if !proposal.because.contains(&because) {
            proposal.because.push(because);
        }
    }

    fn named(&mut self, host: String, because: String) {
        self.add(host, because, false);
    }

    fn guessed(&mut self, host: String, because: String) {
        self.add(host, because, true);
    }

    fn finish(mut self) -> Vec<Proposal> {
        let mut all: Vec<Proposal> =
            self.order.iter().filter_map(|host| self.proposals.remove(host)).collect();
        all.sort_by_key(|one| one.guessed);
        all
    }
}

/// Accounts and regions of the clusters that kubectl knows. Source: kubectl, "Organizing Cluster Access Using kubeconfig
/// Files".
fn of_clusters(environment: &dyn Environment) -> Vec<(String, String, String)> {
    let files: Vec<PathBuf> = match environment.nonempty_var("KUBECONFIG") {
        Some(list) => std::env::split_paths(&list).collect(),
        None => environment.home().map(|home| home.join(".kube/config")).into_iter().collect(),
    };
    let mut found = Vec::new();
    for path in files {
        let Ok(text) = environment.file(&path) else { continue };
        for cluster in eks_clusters(&text) {
            found.push((
                cluster.account,
                cluster.region,
                format!("the EKS cluster {} of a kubeconfig", cluster.name),
            ));
        }
    }
    found
}

/// Accounts and regions of AWS profiles that say both; the region may be that of the environment.
fn of_profiles(config: &AwsConfig, region: Option<String>) -> Vec<(String, String, String)> {
    let of = |name: &str| {
        let profile = config.profile(name)?;
        let region = profile.get("region").map(str::to_owned).or_else(|| region.clone())?;
        Some((profile.account()?, region, format!("the AWS profile {name}")))
    };
    config.profile_names().filter_map(of).collect()
}

fn shown(all: &[Proposal]) -> Vec<String> {
    let mut lines = Vec::new();
    for (number, one) in all.iter().enumerate() {
        let is_first = |guessed: bool| {
            one.guessed == guessed
                && all.get(number.wrapping_sub(1)).is_none_or(|before| before.guessed != guessed)
        };
        if is_first(false) {
            lines.push(styled(STRONG, "Registries that are named here:"));
        } else if is_first(true) {
            lines.push(styled(STRONG, "Registries that may be yours, by accounts and regions that you use:"));
        }
        let mut because =
            one.because.iter().take(MOST_PLACES).map(|why| redact(why)).collect::<Vec<_>>().join(", ");
        if one.because.len() > MOST_PLACES {
            because.push_str(", …");
        }
        lines.push(format!("  {}. {} {}", number + 1, one.host, styled(DIM, &format!("({because})"))));
    }
    lines
}

/// Which of them, as somebody at the terminal says.
fn asked(all: &[Proposal], ui: &mut Ui) -> Result<Vec<usize>, CommandError> {
    let named: Vec<usize> =
        all.iter().enumerate().filter(|(_, one)| !one.guessed).map(|(index, _)| index).collect();
    let default = if named.is_empty() { "for none of them" } else { "for those that are named" };
    loop {
        ui.note(&format!("Set up the helper for which? Numbers, a for all, n for none; Enter {default}:"));
        let mut answer = String::new();
        let read = io::stdin().lock().take(MOST_ANSWER).read_line(&mut answer)?;
        if read == 0 {
            return Ok(Vec::new());
        }
        if let Some(chosen) = choice(&answer, all.len(), &named) {
            return Ok(chosen);
        }
        ui.note("That is no number of the list.");
    }
}

/// The answer's meaning; `None` when it has none.
fn choice(answer: &str, count: usize, named: &[usize]) -> Option<Vec<usize>> {
    match answer.trim().to_ascii_lowercase().as_str() {
        "" => Some(named.to_vec()),
        "n" | "no" | "none" => Some(Vec::new()),
        "a" | "all" | "y" | "yes" => Some((0..count).collect()),
        numbers => {
            let index = |word: &str| {
                let number: usize = word.parse().ok()?;
                number.checked_sub(1).filter(|index| *index < count)
            };
            numbers.split([' ', ',']).filter(|word| !word.is_empty()).map(index).collect()
        }
    }
}

/// Whether none is named, nor where to look.
pub fn is_wanted(arguments: &Arguments) -> bool {
    arguments.registries.is_empty() && arguments.accounts.is_empty() && arguments.sources.is_empty()
}

#[cfg(test)]
mod tests {
    use ecrpass_core::environment::EnvironmentInMemory;
    use ecrpass_credentials::aws_config::{ConfigFile, FileKind};

    use super::*;

    #[test]
    fn profiles_and_clusters_say_an_account_and_a_region() {
        let text = "[profile prod]\nsso_account_id = 123456789012\nregion = eu-west-1\n[profile role]\nrole_arn = arn:aws:iam::210987654321:role/x\n[profile nothing]\nregion = us-east-1\n";
        let config = AwsConfig::new(ConfigFile::parse(text, FileKind::Config), ConfigFile::default());
        let found = |region: Option<&str>| -> Vec<String> {
            let all = of_profiles(&config, region.map(str::to_owned)).into_iter();
            all.map(|(account, region, _)| format!("{account} {region}")).collect()
        };
        assert_eq!(found(None), ["123456789012 eu-west-1"]);
        assert_eq!(found(Some("us-west-2")), ["123456789012 eu-west-1", "210987654321 us-west-2"]);

        let mut machine = EnvironmentInMemory::of_variables([("HOME", "/h")]);
        let kubeconfig = "name: arn:aws:eks:eu-west-1:123456789012:cluster/prod\n";
        machine.files.insert("/h/.kube/config".into(), kubeconfig.to_owned());
        assert_eq!(of_clusters(&machine).len(), 1);
        machine.variables.insert("KUBECONFIG".to_owned(), "/a:/b".to_owned());
        assert_eq!(of_clusters(&machine).len(), 0);
        machine.files.insert("/b".into(), kubeconfig.to_owned());
        assert_eq!(of_clusters(&machine)[0].2, "the EKS cluster prod of a kubeconfig");
    }

    #[test]
    fn what_is_named_comes_first_and_once() {
        let host = |account: &str| format!("{account}.dkr.ecr.eu-west-1.amazonaws.com");
        let mut all = Gathered::default();
        all.guessed(host("111111111111"), "a".to_owned());
        all.guessed(host("222222222222"), "b".to_owned());
        all.named(format!("https://{}/x", host("222222222222")), "c".to_owned());
        all.named("docker.io".to_owned(), "d".to_owned());
        let all = all.finish();
        let hosts: Vec<&str> = all.iter().map(|one| one.host.as_str()).collect();
        assert_eq!(hosts, [host("222222222222"), host("111111111111")]);
        assert_eq!((all[0].guessed, all[1].guessed), (false, true));
        assert_eq!(all[0].because, ["b", "c"]);
        assert_eq!(shown(&all).len(), 4);
    }

    #[test]
    fn answers_are_understood() {
        for (answer, expected) in [
            ("\n", Some(vec![0])),
            ("n\n", Some(vec![])),
            ("Y", Some(vec![0, 1, 2])),
            ("1, 3\n", Some(vec![0, 2])),
            ("4", None),
            ("0", None),
            ("x", None),
        ] {
            assert_eq!(choice(answer, 3, &[0]), expected, "{answer}");
        }
    }
}
