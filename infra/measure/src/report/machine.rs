//! The machine and the date of a measurement. Its milliseconds are valid only for them.

use crate::clock;
use std::{fs, thread};

/// Machine, system and date, in one line.
#[must_use]
pub fn describe() -> String {
    let cpu = read("/proc/cpuinfo");
    let model = field(&cpu, "model name").or_else(|| field(&cpu, "CPU part")).unwrap_or("unknown CPU");
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let memory = field(&read("/proc/meminfo"), "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    let memory = memory.unwrap_or_default().div_ceil(1 << 20);
    let kernel = read("/proc/sys/kernel/osrelease");
    let (arch, date) = (std::env::consts::ARCH, clock::now().strftime("%Y-%m-%d %H:%M UTC"));
    format!("{model} ({cores} × {arch}), {memory} GiB, Linux {}, {date}", kernel.trim())
}

/// The load of the last minute: how many processes wanted a CPU, on average.
#[must_use]
pub fn load() -> f64 {
    read("/proc/loadavg").split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().filter_map(|line| line.split_once(':')).find(|(known, _)| known.trim() == name).map(|(_, v)| v.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_name() {
        let text = "processor\t: 0\nmodel name\t: AMD EPYC\n\nprocessor\t: 1\nmodel name\t: other\n";
        assert_eq!(field(text, "model name"), Some("AMD EPYC"));
        assert_eq!(field(text, "model"), None);
        assert!(describe().contains("Linux"), "{}", describe());
    }
}
