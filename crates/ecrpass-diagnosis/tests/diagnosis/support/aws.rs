//! A request for a token that AWS, the network or the settings of this machine refuse. The refusal is made as the
//! credentials crate makes it, of what was seen on the wire.

use std::time::Duration;

use ecrpass_core::Registry;
use ecrpass_core::environment::EnvironmentInMemory;
use ecrpass_credentials::aws_call::{CallOutcome, Exchange, NetworkFailure, ServiceError};
use ecrpass_credentials::aws_config::{AwsConfig, ConfigFile, FileKind};
use ecrpass_credentials::credential_chain::{Override, Surroundings};
use ecrpass_credentials::refusal::{Attempt, Refusal};
use ecrpass_diagnosis::facts::{Call, ClientCredentials, Clock, Refused, Seen, Variable};

use super::{Facts, HOST, NOW, unknown};

/// An attempt to get a token, by what the machine has set and what came back.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    variables: Vec<(&'static str, &'static str)>,
    config: &'static str,
    exchanges: Vec<Exchange>,
    error: &'static str,
    deadline: Option<Duration>,
    on_ec2: bool,
    ahead: i64,
}

impl Asked {
    /// With an access key in the environment.
    pub fn with_key() -> Self {
        Self::default().set("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKGB2VALC4").set("AWS_SECRET_ACCESS_KEY", "s")
    }

    /// With nothing but these settings.
    pub fn with_config(profile: &'static str, config: &'static str) -> Self {
        Self { config, ..Self::default() }.set("AWS_PROFILE", profile)
    }

    /// A variable is set.
    pub fn set(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    /// The machine is an EC2 instance.
    pub fn on_ec2(mut self) -> Self {
        self.on_ec2 = true;
        self
    }

    /// The machine's clock is that much ahead of AWS's, in seconds.
    pub fn ahead(mut self, seconds: i64) -> Self {
        self.ahead = seconds;
        self
    }

    /// It took longer than it may.
    pub fn too_slow(mut self, seconds: u64) -> Self {
        self.deadline = Some(Duration::from_secs(seconds));
        self
    }

    /// What the SDK said.
    pub fn sdk_says(mut self, error: &'static str) -> Self {
        self.error = error;
        self
    }

    /// AWS took a call.
    pub fn took(self, operation: &str) -> Self {
        self.came_back(operation, CallOutcome::Success)
    }

    /// AWS refused a call.
    pub fn refused(self, operation: &str, status: u16, code: &str, message: &str) -> Self {
        let error =
            (!code.is_empty()).then(|| ServiceError { code: code.to_owned(), message: message.to_owned() });
        let content_type = Some("application/x-amz-json-1.1".to_owned());
        self.came_back(operation, CallOutcome::Refused { status, error, content_type })
    }

    /// A call did not get through.
    pub fn unreachable(self, operation: &str, kind: NetworkFailure, text: &str) -> Self {
        self.came_back(operation, CallOutcome::Unreachable { kind, text: text.to_owned() })
    }

    fn came_back(mut self, operation: &str, outcome: CallOutcome) -> Self {
        let host = match operation {
            "GetAuthorizationToken" => "api.ecr.us-east-1.amazonaws.com",
            operation if operation.starts_with("/latest/") => "169.254.169.254",
            operation if operation.starts_with('/') => "portal.sso.us-east-1.amazonaws.com",
            _ => "sts.us-east-1.amazonaws.com",
        };
        let answers = !matches!(outcome, CallOutcome::Unreachable { .. });
        self.exchanges.push(Exchange {
            operation: operation.to_owned(),
            host: host.to_owned(),
            outcome,
            server_time: answers.then_some(NOW - self.ahead),
            local_time: NOW,
        });
        self
    }

    /// Why there is no token.
    fn refusal(&self, host: &str) -> Refusal {
        let files = AwsConfig::new(ConfigFile::parse(self.config, FileKind::Config), ConfigFile::default());
        let environment = EnvironmentInMemory::of_variables(self.variables.iter().copied());
        let surroundings = Surroundings { environment: &environment, files: &files };
        let selection = match surroundings.select(&Override::default()) {
            Ok(selection) => selection,
            Err(refusal) => return refusal,
        };
        Attempt {
            registry: &Registry::parse(host).unwrap(),
            selection: &selection,
            exchanges: &self.exchanges,
            error: self.error,
            deadline: self.deadline,
            on_ec2: self.on_ec2,
        }
        .refusal()
    }
}

impl Facts {
    /// AWS gives no token, and the helper, which asks the same, gives no credentials. So nothing is asked of the
    /// registry but what it says to nobody.
    pub fn token_refused(self, asked: Asked) -> Self {
        let refusal = asked.refusal(&self.bundle.subjects[0].host);
        let said = ClientCredentials::refused(refusal.helper_line());
        self.refused_to_asker(&asked, &refusal).nothing_to_log_in_with(said)
    }

    /// AWS gives no new token, and the client has a login that still works.
    pub fn token_refused_beside_a_login(self, asked: Asked) -> Self {
        let refusal = asked.refusal(HOST);
        self.refused_to_asker(&asked, &refusal).subject(|subject| {
            subject.permissions.clear();
            subject.repository_facts = unknown("no answer within 15 s");
        })
    }

    fn refused_to_asker(self, asked: &Asked, refusal: &Refusal) -> Self {
        let timed = asked
            .exchanges
            .iter()
            .rev()
            .find(|exchange| exchange.server_time.is_some() && !exchange.operation.starts_with('/'));
        let clock = timed.map(|exchange| Clock { ahead: asked.ahead, host: exchange.host.clone() });
        self.change(|bundle| {
            bundle.machine.ec2 = asked.on_ec2;
            bundle.machine.variables.retain(|variable| !variable.name.starts_with("AWS_"));
            bundle.machine.variables.extend(
                asked.variables.iter().map(|(name, _)| Variable { name: (*name).to_owned(), value: None }),
            );
            bundle.aws.clock =
                clock.map_or_else(|| unknown("no answer from AWS contained the time"), Seen::Known);
        })
        .subject(|subject| {
            subject.identity = unknown(&format!("not asked: {}", refusal.id));
            subject.token = Seen::Known(Call {
                answer: None,
                refused: Some(Refused::from(refusal)),
                exchanges: asked.exchanges.clone(),
                took_ms: 12,
            });
        })
    }
}
