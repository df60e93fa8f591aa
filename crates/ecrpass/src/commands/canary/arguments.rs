//! What the command line and the configuration file say.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ecrpass_canary::config;
use ecrpass_canary::length;
use ecrpass_canary::settings::{Given, Settings, SettingsError, Wanted};
use ecrpass_canary::target::{check_platform, check_role};

use crate::collect::text_file;
use crate::error::CommandError;
use crate::render::format::Format;
use crate::system::named_output::{Access, NamedOutput};

/// The exit status of wrong usage.
pub const USAGE: u8 = 2;

/// Arguments of `ecrpass canary`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  ecrpass canary --once 123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:canary\n  ecrpass canary --config canary.toml --listen 0.0.0.0:9478\n  ecrpass canary --once --metrics-file /var/lib/node_exporter/ecrpass.prom IMAGE\n\nA TIME is 15s, 500ms, 2m, 1h, or a number of seconds. Without --once it runs until it is stopped, and answers /metrics, /livez, /healthz and /readyz.\n\nExit status of --once: 0 every target is ok, 1 one failed or is unknown, 2 wrong usage, or a target behind a pull-through cache rule, 3 could not run, or could not write the metrics file."
)]
pub struct Arguments {
    /// Images to pull a byte of, or registries to log in to
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Run every target once, then exit with the result
    #[arg(long)]
    pub once: bool,
    /// From one run of a target to the next, at least 2s; otherwise 60s
    #[arg(long, value_name = "TIME", value_parser = parse_length)]
    pub interval: Option<Duration>,
    /// How long one run may take; otherwise 15s
    #[arg(long, value_name = "TIME", value_parser = parse_length)]
    pub deadline: Option<Duration>,
    /// How long one step may take; otherwise 3s
    #[arg(long, value_name = "TIME", value_parser = parse_length)]
    pub patience: Option<Duration>,
    /// Pull as this role; the credentials here must be allowed to assume it
    #[arg(long = "as", value_name = "ROLE_ARN", value_parser = parse_role)]
    pub as_role: Option<String>,
    /// Which image of a list to pull, such as linux/arm64
    #[arg(long, value_name = "OS/ARCH", value_parser = parse_platform)]
    pub platform: Option<String>,
    /// Also ask for repositories behind a pull-through cache rule, which imports the image
    #[arg(long)]
    pub allow_import: bool,
    /// Check the state of this Lambda function, which is an image
    #[arg(long = "function", value_name = "ARN")]
    pub functions: Vec<String>,
    /// Targets and settings; a change is noticed while it runs
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The address for metrics and health; otherwise 127.0.0.1:9478; `none` for no address
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Write the metrics there after each run, for node_exporter's textfile collector
    #[arg(long, value_name = "FILE")]
    pub metrics_file: Option<String>,
    /// Push the metrics to this OpenTelemetry collector, over HTTP
    #[arg(long, value_name = "URL")]
    pub otlp: Option<String>,
    /// Print a line in CloudWatch's embedded metric format for every target and run
    #[arg(long)]
    pub emf: bool,
    /// How to print the result; json prints a document for --once, and a line for every run otherwise
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

fn parse_length(text: &str) -> Result<Duration, String> {
    length::parse(text).ok_or_else(|| "write a length of time, such as 15s, 500ms or 2m".to_owned())
}

fn parse_role(text: &str) -> Result<String, String> {
    check_role(text).map(|()| text.to_owned()).map_err(|error| error.to_string())
}

fn parse_platform(text: &str) -> Result<String, String> {
    check_platform(text).map(|()| text.to_owned()).map_err(|error| error.to_string())
}

/// Why there are no settings.
pub enum Wrong {
    /// What was given makes no sense.
    Usage(SettingsError),
    /// The file cannot be read or understood.
    File(CommandError),
}

impl Wrong {
    /// In a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Usage(error) => format!("{error}."),
            Self::File(error) => format!("{}.", error.to_string().trim_end_matches('.')),
        }
    }
}

/// The settings as command line and file are now.
///
/// # Errors
/// [`Wrong`].
pub fn settings(arguments: &Arguments) -> Result<Settings, Wrong> {
    let target = |text: &String| Wanted { image: text.clone(), ..Wanted::default() };
    let given = Given {
        interval: arguments.interval,
        deadline: arguments.deadline,
        patience: arguments.patience,
        role: arguments.as_role.clone(),
        platform: arguments.platform.clone(),
        allow_import: arguments.allow_import.then_some(true),
        listen: arguments.listen.clone(),
        metrics_file: arguments.metrics_file.clone(),
        otlp: arguments.otlp.clone(),
        emf: arguments.emf.then_some(true),
        targets: arguments.targets.iter().map(target).collect(),
        functions: arguments.functions.clone(),
    };
    let given = match &arguments.config {
        None => given,
        Some(path) => {
            let text = text_file::text_of(path, "the configuration file").map_err(Wrong::File)?;
            text_file::check_settings(path, &text).map_err(Wrong::File)?;
            let file = config::parse(&text).map_err(|error| {
                let place = format!("{}:{}:{}", path.display(), error.line, error.column);
                Wrong::File(CommandError::could_not_run(
                    format!("{place}: {}.", error.what.trim_end_matches('.')),
                    "correct it; docs/canary.md shows what can stand there",
                ))
            })?;
            given.or(file)
        }
    };
    let settings = given.settle().map_err(Wrong::Usage)?;
    if let (Some(file), Some(config)) = (&settings.metrics_file, &arguments.config) {
        // What cannot be written is told with each run; the configuration itself must never be.
        if let Ok(output) = NamedOutput::open(Path::new(file), Access::All) {
            output.refuse_inputs(std::slice::from_ref(config)).map_err(Wrong::File)?;
        }
    }
    Ok(settings)
}
