//! The addresses under which other machines reach this one.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, UdpSocket},
};

/// IPv4 addresses of this machine, loopback excluded; the one that leads out comes first.
///
/// Linux lists them in `/proc/net/fib_trie`; elsewhere only the one that leads out is known.
pub fn of_this_machine() -> Vec<IpAddr> {
    let table = std::fs::read_to_string("/proc/net/fib_trie").unwrap_or_default();
    let first = leading_out();
    let rest = local_addresses(&table).into_iter().filter(|a| Some(*a) != first);
    first.into_iter().chain(rest).map(IpAddr::V4).collect()
}

/// "Connecting" a UDP socket sends nothing; it only chooses the source address (TEST-NET-3, RFC 5737).
fn leading_out() -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(203, 0, 113, 1), 9)).ok()?;
    match socket.local_addr().ok()?.ip() {
        IpAddr::V4(address) if !address.is_loopback() && !address.is_unspecified() => Some(address),
        _ => None,
    }
}

/// The `/32 host LOCAL` leaves of the kernel's table.
fn local_addresses(fib_trie: &str) -> BTreeSet<Ipv4Addr> {
    let lines: Vec<&str> = fib_trie.lines().map(str::trim).collect();
    lines
        .windows(2)
        .filter(|pair| pair[1] == "/32 host LOCAL")
        .filter_map(|pair| pair[0].strip_prefix("|-- ")?.parse().ok())
        .filter(|address: &Ipv4Addr| !address.is_loopback())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_addresses_are_told_from_networks_and_broadcasts() {
        let table = "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 127.0.0.1\n        /32 host LOCAL\n     \
                     |-- 192.0.2.0\n        /24 link UNICAST\n     |-- 192.0.2.2\n        /32 host LOCAL\n     \
                     |-- 192.0.2.255\n        /32 link BROADCAST\n";
        assert_eq!(
            local_addresses(table).into_iter().collect::<Vec<_>>(),
            [Ipv4Addr::new(192, 0, 2, 2)]
        );
        assert!(local_addresses("").is_empty());
    }
}
