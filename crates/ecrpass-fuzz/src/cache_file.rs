//! A token in the cache, as a disk gives it back, and whether it may be served.

use ecrpass_core::time::Moment;
use ecrpass_helper::entry::{Entry, MAX_ENTRY};
use ecrpass_helper::freshness::Verdict;

/// What is read is written the same, shows no password, and is served only while all clocks say that it lives.
pub fn run(input: &[u8]) {
    let Some(entry) = Entry::from_bytes(input, None) else { return };
    let password = entry.password.expose();
    let shown = format!("{entry:?}");
    let elsewhere =
        entry.hosts.iter().any(|host| host.contains(password)) || entry.username.contains(password);
    assert!(password.len() < 24 || elsewhere || !shown.contains(password), "{shown}");
    let bytes = entry.to_bytes("key");
    let again = Entry::from_bytes(&bytes, Some("key"));
    // One that fits only without what is written along with it is written too long.
    assert!(again.is_some() || bytes.len() > MAX_ENTRY, "{shown}");
    if let Some(again) = again {
        assert_eq!((&again.issue, &again.hosts), (&entry.issue, &entry.hosts));
        assert_eq!((again.password.expose(), again.retry_after), (password, entry.retry_after));
    }
    assert!(Entry::from_bytes(&bytes, Some("another")).is_none());
    let issued = &entry.issue.moment;
    for (since, wall) in
        [(0, 0), (60, 60), (21_600, 21_600), (43_000, 43_000), (43_200, 43_200), (7, 90_000), (-9, -9)]
    {
        let now = Moment {
            boot: issued.boot.clone(),
            since_boot: issued.since_boot.map(|at| at.saturating_add(since)),
            wall: issued.wall.saturating_add(wall),
        };
        if entry.judge(&now) != Verdict::Discard {
            assert!(entry.issue.left(&now) > 0, "served with nothing left: {shown} at {now:?}");
            assert!(entry.issue.life() <= ecrpass_core::token::LIFETIME, "{shown}");
            let other = Moment { boot: Some("another run of the machine".to_owned()), ..now };
            let same = other.boot == issued.boot;
            assert!(same || entry.judge(&other) == Verdict::Discard, "served after another boot: {shown}");
        }
    }
}
