//! Settings: what the command line and the configuration file say, put together and looked through.

use std::collections::BTreeMap;
use std::time::Duration;

use ecrpass_core::image::shown;
use ecrpass_core::platform::normal;

use crate::function::FunctionName;
use crate::labels::Labels;
use crate::length;
use crate::run::Limits;
use crate::target::{Target, TargetError, check_platform};

/// From one run to the next, where nobody says otherwise.
pub const INTERVAL: Duration = Duration::from_secs(60);
/// The shortest interval.
pub const SHORTEST_INTERVAL: Duration = Duration::from_secs(2);
/// How long a run may take.
pub const DEADLINE: Duration = Duration::from_secs(15);
/// How long a step may take.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// Where the daemon answers.
pub const LISTEN: &str = "127.0.0.1:9478";
/// How many targets one process runs.
pub const MOST_TARGETS: usize = 5_000;

/// What was given, on the command line or in a file; nothing where it was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// From one run to the next.
    pub interval: Option<Duration>,
    /// How long a run may take.
    pub deadline: Option<Duration>,
    /// How long a step may take.
    pub patience: Option<Duration>,
    /// The role to pull as.
    pub role: Option<String>,
    /// Which image of a list is wanted.
    pub platform: Option<String>,
    /// Whether to ask for what is behind a pull-through cache rule.
    pub allow_import: Option<bool>,
    /// Where the daemon answers.
    pub listen: Option<String>,
    /// Where the metrics are written.
    pub metrics_file: Option<String>,
    /// Where they are pushed.
    pub otlp: Option<String>,
    /// Whether to print lines for CloudWatch.
    pub emf: Option<bool>,
    /// The targets.
    pub targets: Vec<Wanted>,
    /// The functions.
    pub functions: Vec<String>,
}

/// A target as it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The image, or the registry.
    pub image: String,
    /// The role.
    pub role: Option<String>,
    /// The platform.
    pub platform: Option<String>,
    /// The interval.
    pub interval: Option<Duration>,
}

/// Settings that make sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// From one run to the next, where a target has no interval of its own.
    pub interval: Duration,
    /// How long things may take.
    pub limits: Limits,
    /// Whether to ask for what is behind a pull-through cache rule.
    pub allow_import: bool,
    /// Where the daemon answers; none for nowhere.
    pub listen: Option<String>,
    /// Where the metrics are written.
    pub metrics_file: Option<String>,
    /// Where they are pushed.
    pub otlp: Option<String>,
    /// Whether to print lines for CloudWatch.
    pub emf: bool,
    /// The targets, in the order they were given.
    pub targets: Vec<Target>,
    /// The functions.
    pub functions: Vec<FunctionName>,
}

/// Why settings make no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// There is nothing to do.
    #[error("there is nothing to run: name an image, or give --config with a [[target]]")]
    NoTarget,
    /// A target is none.
    #[error("the target `{text}`: {why}")]
    Target {
        /// What was written.
        text: String,
        /// Why it is none.
        why: TargetError,
    },
    /// Two targets have the same series.
    #[error(
        "{0} is named twice: a role or platform is no label, so give each its own tag of the image (a second tag of an image costs nothing)"
    )]
    Twice(String),
    /// More targets than one process runs.
    #[error("{0} targets are more than one process runs ({MOST_TARGETS}): use several")]
    TooMany(usize),
    /// An interval is too short.
    #[error("{}", too_short(.0))]
    Interval(Duration),
    /// A length of time is nothing.
    #[error("`{0}` must be longer than nothing")]
    Nothing(&'static str),
    /// A function is none.
    #[error("`{0}` is no function: write arn:aws:lambda:<region>:<account>:function:<name>")]
    Function(String),
    /// An address to push to is none.
    #[error("`{0}` is no address of a collector: write http://host:4318")]
    Otlp(String),
}

impl Given {
    /// What is given here, and for the rest what `other` says. Targets of both are run.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            interval: self.interval.or(other.interval),
            deadline: self.deadline.or(other.deadline),
            patience: self.patience.or(other.patience),
            role: self.role.or(other.role),
            platform: self.platform.or(other.platform),
            allow_import: self.allow_import.or(other.allow_import),
            listen: self.listen.or(other.listen),
            metrics_file: self.metrics_file.or(other.metrics_file),
            otlp: self.otlp.or(other.otlp),
            emf: self.emf.or(other.emf),
            targets: [self.targets, other.targets].concat(),
            functions: [self.functions, other.functions].concat(),
        }
    }

    /// The settings.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn settle(self) -> Result<Settings, SettingsError> {
        let interval = checked_interval(self.interval.unwrap_or(INTERVAL))?;
        let deadline = something("deadline", self.deadline.unwrap_or(DEADLINE))?;
        let patience = something("patience", self.patience.unwrap_or(PATIENCE))?;
        if self.targets.is_empty() && self.functions.is_empty() {
            return Err(SettingsError::NoTarget);
        }
        if self.targets.len() > MOST_TARGETS {
            return Err(SettingsError::TooMany(self.targets.len()));
        }
        let mut targets = Vec::new();
        let mut known: BTreeMap<Labels, Target> = BTreeMap::new();
        for wanted in self.targets {
            let wrong = |why| SettingsError::Target { text: shown(&wanted.image), why };
            let mut target = Target::parse(&wanted.image)
                .and_then(|target| target.pulled_as(wanted.role.or_else(|| self.role.clone())))
                .map_err(wrong)?;
            if let Some(platform) = wanted.platform.or_else(|| self.platform.clone()) {
                check_platform(&platform).map_err(wrong)?;
                target.platform = Some(normal(&platform));
            }
            target.interval = wanted.interval.map(checked_interval).transpose()?;
            match known.get(&target.labels()) {
                // The same twice, in the file and on the command line, is once.
                Some(other) if *other == target => {}
                Some(_) => return Err(SettingsError::Twice(target.name())),
                None => {
                    known.insert(target.labels(), target.clone());
                    targets.push(target);
                }
            }
        }
        let function =
            |text: &String| FunctionName::parse(text).ok_or_else(|| SettingsError::Function(text.clone()));
        let mut functions = self.functions.iter().map(function).collect::<Result<Vec<_>, _>>()?;
        functions.sort();
        functions.dedup();
        let listen = self.listen.unwrap_or_else(|| LISTEN.to_owned());
        Ok(Settings {
            interval,
            limits: Limits { deadline, patience },
            allow_import: self.allow_import.unwrap_or_default(),
            listen: Some(listen).filter(|listen| listen != "none"),
            metrics_file: self.metrics_file,
            otlp: self.otlp.map(|url| collector(&url)).transpose()?,
            emf: self.emf.unwrap_or_default(),
            targets,
            functions,
        })
    }
}

impl Settings {
    /// The targets' labels and intervals, as timetable and board take them.
    pub fn beats(&self) -> Vec<(Labels, Duration)> {
        let beat = |target: &Target| (target.labels(), target.interval.unwrap_or(self.interval));
        self.targets.iter().map(beat).collect()
    }
}

fn too_short(interval: &Duration) -> String {
    let least = length::shown(SHORTEST_INTERVAL);
    format!("the interval {} is too short: at least {least}", length::shown(*interval))
}

fn checked_interval(interval: Duration) -> Result<Duration, SettingsError> {
    if interval < SHORTEST_INTERVAL { Err(SettingsError::Interval(interval)) } else { Ok(interval) }
}

fn something(name: &'static str, length: Duration) -> Result<Duration, SettingsError> {
    if length.is_zero() { Err(SettingsError::Nothing(name)) } else { Ok(length) }
}

/// The address metrics are pushed to: a bare one means the signal's own path. Source: OTLP specification, "OTLP/HTTP
/// Request".
fn collector(url: &str) -> Result<String, SettingsError> {
    let url = url.trim();
    let wrong = || SettingsError::Otlp(ecrpass_core::redact::redact(url).into_owned());
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).ok_or_else(wrong)?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let is_host = !host.is_empty() && host.bytes().all(|b| b.is_ascii_graphic()) && !host.contains('@');
    if !is_host || path.bytes().any(|b| !b.is_ascii_graphic()) {
        return Err(wrong());
    }
    Ok(if path.is_empty() { format!("{}/v1/metrics", url.trim_end_matches('/')) } else { url.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:canary";

    fn wanted(image: &str) -> Wanted {
        Wanted { image: image.to_owned(), ..Wanted::default() }
    }

    #[test]
    fn the_command_line_comes_before_the_file() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let line = Given { interval: seconds(5), targets: vec![wanted(IMAGE)], ..Given::default() };
        let file = Given {
            interval: seconds(9),
            deadline: seconds(7),
            targets: vec![wanted(IMAGE), wanted("public.ecr.aws/a/bc:1")],
            listen: Some("none".to_owned()),
            ..Given::default()
        };
        let settings = line.or(file).settle().unwrap();
        assert_eq!(
            (settings.interval, settings.limits.deadline, settings.limits.patience),
            (Duration::from_secs(5), Duration::from_secs(7), PATIENCE)
        );
        assert_eq!((settings.targets.len(), settings.listen), (2, None));
        let plain = Given { targets: vec![wanted(IMAGE)], ..Given::default() }.settle().unwrap();
        assert_eq!((plain.interval, plain.listen.as_deref()), (INTERVAL, Some(LISTEN)));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let given = |change: fn(&mut Given)| {
            let mut given = Given { targets: vec![wanted(IMAGE)], ..Given::default() };
            change(&mut given);
            given.settle().map(|_| ()).unwrap_err().to_string()
        };
        for (change, why) in [
            ((|given| given.targets.clear()) as fn(&mut Given), "nothing to run"),
            (|given| given.interval = Some(Duration::from_millis(1_999)), "at least 2s"),
            (|given| given.patience = Some(Duration::ZERO), "`patience`"),
            (|given| given.deadline = Some(Duration::ZERO), "`deadline`"),
            (|given| given.targets.push(wanted("redis:7")), "names no registry"),
            (|given| given.role = Some("deploy".to_owned()), "is no role"),
            (|given| given.platform = Some("x".to_owned()), "`x` is no platform"),
            (|given| given.functions.push("api".to_owned()), "is no function"),
            (|given| given.otlp = Some("localhost:4318".to_owned()), "write http://host:4318"),
            (|given| given.otlp = Some("http://u:SECRET@h/".to_owned()), "[redacted]"),
            (
                |given| {
                    given.targets.push(Wanted { platform: Some("linux/arm64".to_owned()), ..wanted(IMAGE) })
                },
                "named twice",
            ),
        ] {
            let said = given(change);
            assert!(said.contains(why) && !said.contains("SECRET"), "{said}");
        }
    }

    #[test]
    fn a_secret_in_the_place_of_an_image_comes_back_in_no_form() {
        const SECRET: &str = "wJU8JZpDE0iGXlD6gNCF/K7baEPFjbD0kH8/Oool";
        let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        for image in [
            SECRET.to_owned(),
            format!("{host}/{SECRET}"),
            format!("{host}/{SECRET}:1"),
            "ghp_5jMTF7eBSdE0g9cRYN687NElFJvhQ8XIm0og".to_owned(),
        ] {
            let given = Given { targets: vec![wanted(&image)], ..Given::default() };
            let said = given.settle().map(|_| ()).unwrap_err().to_string().to_ascii_lowercase();
            assert!(!said.contains("k7baepfjbd0kh8") && !said.contains("5jmtf7ebsde0"), "{said}");
        }
    }

    #[test]
    fn a_bare_collector_means_the_path_for_metrics() {
        for (url, expected) in [
            ("http://h:4318", "http://h:4318/v1/metrics"),
            ("https://h/", "https://h/v1/metrics"),
            ("http://h/otlp/v1/metrics", "http://h/otlp/v1/metrics"),
        ] {
            assert_eq!(collector(url).as_deref(), Ok(expected));
        }
    }
}
