//! AWS account ids.

/// Whether that is an account's id: twelve digits. Source: AWS General Reference, "AWS account identifiers".
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_have_twelve_digits() {
        assert!(is_account_id("123456789012") && is_account_id("000000000000"));
        for other in ["12345678901", "1234567890123", "12345678901a", "१२३४", ""] {
            assert!(!is_account_id(other), "{other}");
        }
    }
}
