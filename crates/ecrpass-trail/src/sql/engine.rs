//! The engines that can be asked.

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Amazon Athena, over the trail's bucket.
    Athena,
    /// Trino, over the trail's bucket.
    Trino,
    /// DuckDB, over files here or in the bucket.
    DuckDb,
    /// ClickHouse, likewise.
    ClickHouse,
    /// CloudWatch Logs Insights, over the trail's log group.
    LogsInsights,
    /// CloudTrail Lake.
    Lake,
    /// Amazon Security Lake, by Athena.
    SecurityLake,
}

impl Engine {
    /// Every engine.
    pub const ALL: [Self; 7] = [
        Self::Athena,
        Self::Trino,
        Self::DuckDb,
        Self::ClickHouse,
        Self::LogsInsights,
        Self::Lake,
        Self::SecurityLake,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Athena => "athena",
            Self::Trino => "trino",
            Self::DuckDb => "duckdb",
            Self::ClickHouse => "clickhouse",
            Self::LogsInsights => "logs-insights",
            Self::Lake => "lake",
            Self::SecurityLake => "security-lake",
        }
    }

    /// How a line of comment begins.
    pub fn comment(self) -> &'static str {
        match self {
            Self::LogsInsights => "#",
            _ => "--",
        }
    }
}
