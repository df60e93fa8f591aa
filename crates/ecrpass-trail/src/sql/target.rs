//! Where the records are, as definitions and queries name it.

use super::engine::Engine;

/// Where the records are.
#[derive(Clone, Debug)]
pub struct Target {
    /// What is in front of `AWSLogs/`: `s3://bucket` or `s3://bucket/prefix`; for DuckDB and ClickHouse also a directory.
    pub location: String,
    /// The organisation, whose id is in the paths of its trail.
    pub organization: Option<String>,
    /// The accounts.
    pub accounts: Vec<String>,
    /// The regions. Without us-east-1 there is no change of IAM.
    pub regions: Vec<String>,
    /// The first day: `2026-01-01`.
    pub since: String,
    /// The table; of Lake the event data store's id.
    pub table: Option<String>,
}

impl Default for Target {
    fn default() -> Self {
        Self {
            location: "s3://YOUR-TRAIL-BUCKET".to_owned(),
            organization: None,
            accounts: vec!["123456789012".to_owned()],
            regions: vec!["us-east-1".to_owned(), "eu-west-1".to_owned()],
            since: "2026-01-01".to_owned(),
            table: None,
        }
    }
}

impl Target {
    /// The name of the table, as it is written in a query.
    pub fn table(&self, engine: Engine) -> String {
        let default = match engine {
            Engine::Athena => "cloudtrail_logs",
            Engine::Trino => "hive.default.cloudtrail_files",
            Engine::DuckDb | Engine::ClickHouse | Engine::LogsInsights => "cloudtrail",
            Engine::Lake => "00000000-0000-4000-8000-000000000000",
            Engine::SecurityLake => "amazon_security_lake_table_us_east_1_cloud_trail_mgmt_2_0",
        };
        let name = self.table.as_deref().unwrap_or(default);
        // Whoever asks has looked at it with `table_name`; here nothing may end a query in any case.
        let safe: String = name.chars().filter(|c| is_safe(*c)).collect();
        // Lake's ids begin with a digit and have dashes.
        match safe.contains('-') && engine != Engine::Lake {
            true => format!("\"{safe}\""),
            false => safe,
        }
    }

    /// The path of the trail's folders, before the account.
    pub fn root(&self) -> String {
        let organization = self.organization.as_ref().map(|id| format!("{id}/")).unwrap_or_default();
        format!("{}/AWSLogs/{organization}", self.location.trim_end_matches('/'))
    }
}

/// A table's name that can be written into a query as it is.
pub fn table_name(name: &str) -> Option<&str> {
    (!name.is_empty() && name.chars().all(is_safe)).then_some(name)
}

fn is_safe(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// A text as SQL writes it.
pub fn literal(text: &str) -> String {
    let safe: String = text.chars().filter(|c| !c.is_control()).collect();
    format!("'{}'", safe.replace('\'', "''"))
}
