//! Processes and their sockets, as Linux shows them under `/proc`.

use std::{
    collections::BTreeSet,
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

/// The state of a listening socket in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// A process. Its start time distinguishes it from a later one with the same number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    pid: u32,
    started: String,
}

/// A socket of a process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Socket {
    /// Whether it waits for connections.
    pub listens: bool,
    /// Our end.
    pub local: SocketAddr,
    /// The other end; unspecified when there is none.
    pub remote: SocketAddr,
}

impl Socket {
    /// Whether both ends are on this machine.
    pub fn stays_here(&self) -> bool {
        if self.listens { self.local.ip().is_loopback() } else { is_loopback_or_none(self.remote.ip()) }
    }
}

/// A process and all its descendants.
pub fn family(pid: u32) -> BTreeSet<Process> {
    let all: Vec<(Process, u32)> = pids().filter_map(process).collect();
    let mut found: BTreeSet<u32> = [pid].into();
    loop {
        let more: Vec<u32> = all
            .iter()
            .filter(|(process, parent)| found.contains(parent) && !found.contains(&process.pid))
            .map(|(process, _)| process.pid)
            .collect();
        if more.is_empty() {
            break;
        }
        found.extend(more);
    }
    all.into_iter().map(|(process, _)| process).filter(|process| found.contains(&process.pid)).collect()
}

/// The processes that still run.
pub fn alive(processes: &BTreeSet<Process>) -> Vec<String> {
    let there = processes.iter().filter(|known| process(known.pid).is_some_and(|(now, _)| now == **known));
    there.map(|process| format!("{} {}", process.pid, command(process.pid))).collect()
}

/// The TCP and UDP sockets of these processes.
pub fn sockets(processes: &BTreeSet<Process>) -> BTreeSet<Socket> {
    let inodes: BTreeSet<String> = processes.iter().flat_map(|process| inodes(process.pid)).collect();
    let tables = ["tcp", "tcp6", "udp", "udp6"].map(|table| fs::read_to_string(format!("/proc/net/{table}")));
    let tables = tables.into_iter().filter_map(Result::ok).collect::<Vec<_>>();
    let lines = tables.iter().flat_map(|table| table.lines().skip(1));
    lines.filter_map(socket).filter(|(inode, _)| inodes.contains(inode)).map(|(_, socket)| socket).collect()
}

fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The process with this number, and its parent's number. None when it has ended, also when its parent
/// has not yet noticed.
fn process(pid: u32) -> Option<(Process, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name is in brackets and may contain any character.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let (state, parent, started) = (fields.first()?, fields.get(1)?, fields.get(19)?);
    (*state != "Z").then_some((Process { pid, started: (*started).to_owned() }, parent.parse().ok()?))
}

/// The peak memory of a deployed function in KiB: the largest high-water mark of its processes. `None`
/// while no process of it runs.
pub fn peak_memory(function: &str) -> Option<u64> {
    let wanted = format!("AWS_LAMBDA_FUNCTION_NAME={function}");
    let of_function = family(std::process::id()).into_iter().filter(|process| {
        let environment = fs::read_to_string(format!("/proc/{}/environ", process.pid)).unwrap_or_default();
        environment.split('\0').any(|variable| variable == wanted)
    });
    of_function.filter_map(|process| high_water_mark(process.pid)).max()
}

/// `VmHWM:     12345 kB`
fn high_water_mark(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn command(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default().replace('\0', " ")
}

fn inodes(pid: u32) -> Vec<String> {
    let links = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let links = links.filter_map(|entry| fs::read_link(entry.path()).ok());
    links.filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())).collect()
}

fn socket(line: &str) -> Option<(String, Socket)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (local, remote) = (address(fields.get(1)?)?, address(fields.get(2)?)?);
    Some(((*fields.get(9)?).to_owned(), Socket { listens: *fields.get(3)? == LISTEN, local, remote }))
}

/// `0100007F:1F90`: words of four bytes in the machine's order, and the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let words = ip.as_bytes().chunks(8).map(|word| u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok());
    let bytes: Vec<u8> = words.collect::<Option<Vec<u32>>>()?.into_iter().flat_map(u32::to_ne_bytes).collect();
    let ip = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(four) => IpAddr::V4(Ipv4Addr::from(four)),
        Err(_) => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)).to_canonical(),
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

fn is_loopback_or_none(ip: IpAddr) -> bool {
    ip.is_loopback() || ip.is_unspecified()
}

#[test]
fn addresses_are_read_as_the_kernel_writes_them() {
    assert_eq!(address("0100007F:1F90"), Some("127.0.0.1:8080".parse().unwrap()));
    assert_eq!(address("00000000000000000000000001000000:0050"), Some("[::1]:80".parse().unwrap()));
    assert_eq!(address("0000000000000000FFFF00000100007F:0050"), Some("127.0.0.1:80".parse().unwrap()));
}

#[test]
fn a_socket_to_another_machine_is_seen() {
    let mine = family(std::process::id());
    let here = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    assert!(sockets(&mine).iter().all(Socket::stays_here));
    // Connecting a UDP socket sends nothing. TEST-NET-1 is reserved for documentation (RFC 5737).
    if here.connect("192.0.2.1:9").is_ok() {
        assert!(!sockets(&mine).iter().all(Socket::stays_here), "the check must see connections to other machines");
    }
}
