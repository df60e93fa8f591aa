//! The forms a result can be printed in.

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum FindingsFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For code hosts and editors
    Sarif,
    /// As annotations of GitHub Actions
    Github,
}

/// How what an audit found is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum AuditFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For code hosts and editors
    Sarif,
    /// As annotations of GitHub Actions
    Github,
    /// As GitLab's code quality report
    Gitlab,
    /// As a JUnit report
    Junit,
}

/// How what a trail answers is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum TrailFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
    /// As a page that opens offline
    Html,
}

impl From<FindingsFormat> for AuditFormat {
    fn from(format: FindingsFormat) -> Self {
        match format {
            FindingsFormat::Text => Self::Text,
            FindingsFormat::Json => Self::Json,
            FindingsFormat::Sarif => Self::Sarif,
            FindingsFormat::Github => Self::Github,
        }
    }
}
