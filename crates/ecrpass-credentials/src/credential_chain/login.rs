//! `aws login`: where its sign-ins are kept.

use std::path::{Path, PathBuf};

use ecrpass_core::environment::Environment;
use ecrpass_core::hex::hex;
use sha2::{Digest, Sha256};

/// Where the AWS CLI keeps the sign-in of a `login_session`. Sources: botocore 1.44 `utils.py#LoginTokenLoader`;
/// aws-config 1.13 `login/cache.rs`.
pub fn login_sign_in(environment: &dyn Environment, session: &str) -> Option<PathBuf> {
    let directory = match environment.nonempty_var("AWS_LOGIN_CACHE_DIRECTORY") {
        Some(directory) => Path::new(&directory).to_owned(),
        None => environment.home()?.join(".aws/login/cache"),
    };
    Some(directory.join(format!("{}.json", hex(&Sha256::digest(session.trim().as_bytes())))))
}

#[cfg(test)]
mod tests {
    use ecrpass_core::environment::EnvironmentInMemory;

    use super::*;

    #[test]
    fn sign_ins_have_the_name_of_their_session() {
        let name = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.json";
        let home = EnvironmentInMemory::of_variables([("HOME", "/h")]);
        assert_eq!(login_sign_in(&home, " "), Some(Path::new("/h/.aws/login/cache").join(name)));
        let set = EnvironmentInMemory::of_variables([("AWS_LOGIN_CACHE_DIRECTORY", "/c")]);
        assert_eq!(login_sign_in(&set, ""), Some(Path::new("/c").join(name)));
        assert_eq!(login_sign_in(&EnvironmentInMemory::default(), ""), None);
    }
}
