//! Everything that says who asks is exchanged while AWS is being asked, as a deployment does it: the answer belongs to
//! the one who asked, and the other never finds it.

use crate::principals::{SOURCES, world_of_two};
use crate::world::{HOST, PATIENCE, finish};

/// The files and variables are another's by the time that AWS answers: the token is that of the one who asked, and the
/// other does not find it.
#[test]
fn who_comes_while_aws_is_asked_is_not_given_the_answer() {
    for source in SOURCES {
        // Each of its sessions is somebody of its own.
        if source.name.contains("session token") {
            continue;
        }
        let (mut world, keys) = world_of_two();
        (source.be)(&mut world, &keys, 0);
        let hold = world.ecr.hold("GetAuthorizationToken");
        let asking = world.start("get", HOST.as_bytes());
        assert!(hold.wait_for_requests(1, PATIENCE), "{}", source.name);
        (source.be)(&mut world, &keys, 1);
        drop(hold);
        let first = finish(asking).password();
        let second = world.get(HOST).password();
        assert_ne!(first, second, "{}: the other one's token", source.name);
        (source.be)(&mut world, &keys, 0);
        assert_ne!(world.get(HOST).password(), second, "{}: the other one's token", source.name);
        (source.be)(&mut world, &keys, 1);
        assert_eq!(world.get(HOST).password(), second, "{}: its own is not found again", source.name);
    }
}
