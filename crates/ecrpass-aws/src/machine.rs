//! What the machine itself tells: whether it is an EC2 instance, and since when it runs.

/// Something that is new after every boot, so that a disk cloned into another instance brings no token along;
/// `None` where the system has no such thing.
pub fn boot_id() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

/// Whether the firmware says Amazon EC2. Source: EC2 User Guide, "Identify EC2 instances".
pub fn on_ec2() -> bool {
    std::fs::read_to_string("/sys/class/dmi/id/sys_vendor").is_ok_and(|vendor| vendor.trim() == "Amazon EC2")
}
