//! The distribution by os-release.

use std::path::Path;

use ecrpass_core::environment::Environment;

/// The distribution of this machine.
pub fn distribution(environment: &dyn Environment) -> Option<String> {
    let text = |path: &str| environment.file(Path::new(path)).ok();
    id(&text("/etc/os-release").or_else(|| text("/usr/lib/os-release"))?)
}

/// `ID` of os-release. Source: os-release(5).
pub fn id(text: &str) -> Option<String> {
    let value = text.lines().filter_map(|line| line.trim().strip_prefix("ID=")).next_back()?;
    let value = value.trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use ecrpass_core::environment::EnvironmentInMemory;

    use super::*;

    #[test]
    fn distributions_have_a_name() {
        assert_eq!(id("NAME=\"Amazon Linux\"\nID=\"amzn\"\nID_LIKE=\"fedora\"\n").as_deref(), Some("amzn"));
        assert_eq!(id("ID=bottlerocket\n").as_deref(), Some("bottlerocket"));
        assert_eq!((id(""), id("ID=\n"), id("VARIANT_ID=x\n")), (None, None, None));
        let mut machine = EnvironmentInMemory::default();
        assert_eq!(distribution(&machine), None);
        machine.files.insert("/usr/lib/os-release".into(), "ID=talos\n".to_owned());
        assert_eq!(distribution(&machine).as_deref(), Some("talos"));
    }
}
