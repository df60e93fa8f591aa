//! Accounts in ARNs, holes and all.

/// The account of a role's ARN, as it is written: `arn:aws:iam::123456789012:role/x`.
pub fn account(arn: &str) -> Option<&str> {
    let rest = arn.trim().strip_prefix("arn:")?;
    let (_, rest) = rest.split_once(":iam::")?;
    let account = rest.split_once(":role/").map(|(account, _)| account)?;
    Some(account).filter(|account| !account.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_stands_before_the_role() {
        assert_eq!(account("arn:aws:iam::123456789012:role/x"), Some("123456789012"));
        assert_eq!(account("arn:aws-cn:iam::${{ secrets.ID }}:role/x"), Some("${{ secrets.ID }}"));
        assert_eq!(account("${{ vars.ROLE }}"), None);
        assert_eq!(account("ci"), None);
    }
}
