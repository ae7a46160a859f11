use super::*;

fn origin(url: &str) -> Origin {
    Url::parse(url).unwrap().origin()
}

#[test]
fn outputs_come_from_the_partner_or_from_a_public_host() {
    let api = origin("https://api.replicate.com/v1");
    for good in [
        "https://replicate.delivery/x.png",
        "https://replicate.delivery:443/x.png",
        "https://api.replicate.com/v1/files/1",
        "https://8.8.8.8/x",
        "https://[2606:4700::1111]/x",
    ] {
        assert!(Destination::new(good, &api).is_ok(), "{good} must be allowed");
    }
    for bad in [
        "http://replicate.delivery/x.png",
        "https://replicate.delivery:8443/x",
        "https://replicate.delivery:80/x",
        "https://user:pw@replicate.delivery/x",
        "https://user@replicate.delivery/x",
        "https://api.replicate.com:pw@replicate.delivery/x",
        // Credentials are refused even for the partner's own origin.
        "https://user:pw@api.replicate.com/v1/files/1",
        "http://api.replicate.com/v1/files/1",
        "https://localhost/x",
        "https://localhost./x",
        "https://x.localhost/x",
        "https://x.LOCALHOST./x",
        "https://printer.local/x",
        "https://ip-10-0-0-1.eu-central-1.compute.internal/x",
        "https://metadata/x",
        "https://metadata./x",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://0x7f000001/x",
        "https://0177.0.0.1/x",
        "https://2130706433/x",
        "https://0/x",
        "https://[::1]/x",
        "https://[::]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[::ffff:7f00:1]/x",
        "https://[64:ff9b::a9fe:a9fe]/x",
        "https://[2002:7f00:1::]/x",
        "https://[fd00:ec2::254]/latest/meta-data",
        "https://169.254.169.254/latest/meta-data",
        "https://169.254.170.2/v2/credentials",
        "ftp://replicate.delivery/x",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "//replicate.delivery/x",
        "nonsense",
        "",
    ] {
        assert!(Destination::new(bad, &api).is_err(), "{bad} must be refused");
    }
}

#[test]
fn a_locally_configured_partner_is_trusted_on_its_own_port_alone() {
    let api = origin("http://127.0.0.1:7001/v1");
    assert!(Destination::new("http://127.0.0.1:7001/files/1.png", &api).is_ok());
    assert!(Destination::new("http://127.0.0.1:9001/2018-06-01/runtime", &api).is_err());
    assert!(Destination::new("http://localhost:7001/files/1.png", &api).is_err(), "another name is another origin");
}

/// The first and the last address of every range of the IANA registries, and of multicast.
const SPECIAL: &[(&str, &str, &str)] = &[
    ("this network", "0.0.0.0", "0.255.255.255"),
    ("private use", "10.0.0.0", "10.255.255.255"),
    ("shared address space", "100.64.0.0", "100.127.255.255"),
    ("loopback", "127.0.0.0", "127.255.255.255"),
    ("link-local", "169.254.0.0", "169.254.255.255"),
    ("private use", "172.16.0.0", "172.31.255.255"),
    ("protocol assignments", "192.0.0.0", "192.0.0.255"),
    ("documentation", "192.0.2.0", "192.0.2.255"),
    ("AS112-v4", "192.31.196.0", "192.31.196.255"),
    ("AMT", "192.52.193.0", "192.52.193.255"),
    ("relays of 6to4", "192.88.99.0", "192.88.99.255"),
    ("private use", "192.168.0.0", "192.168.255.255"),
    ("direct delegation to AS112", "192.175.48.0", "192.175.48.255"),
    ("benchmarks", "198.18.0.0", "198.19.255.255"),
    ("documentation", "198.51.100.0", "198.51.100.255"),
    ("documentation", "203.0.113.0", "203.0.113.255"),
    ("multicast", "224.0.0.0", "239.255.255.255"),
    ("reserved", "240.0.0.0", "255.255.255.254"),
    ("broadcast", "255.255.255.255", "255.255.255.255"),
    ("unspecified", "::", "::"),
    ("loopback", "::1", "::1"),
    ("IPv4-compatible", "::7f00:1", "::ffff:ffff"),
    ("IPv4-mapped", "::ffff:0:0", "::ffff:ffff:ffff"),
    ("NAT64", "64:ff9b::", "64:ff9b::ffff:ffff"),
    ("NAT64 of one's own", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
    ("discard-only", "100::", "100::ffff:ffff:ffff:ffff"),
    ("dummy", "100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff"),
    ("protocol assignments", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("Teredo", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("benchmarks", "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff"),
    ("AMT", "2001:3::", "2001:3:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("AS112-v6", "2001:4:112::", "2001:4:112:ffff:ffff:ffff:ffff:ffff"),
    ("ORCHIDv2", "2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("drone remote identification", "2001:30::", "2001:3f:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("documentation", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("6to4", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("direct delegation to AS112", "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff"),
    ("documentation", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("segment routing", "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("unique-local", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("link-local", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("site-local of old", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("multicast", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
];

#[test]
fn no_address_of_a_special_range_is_public() {
    for (range, first, last) in SPECIAL {
        for address in [first, last] {
            assert!(!public_address(address.parse().unwrap()), "{address} ({range}) must not be public");
        }
    }
}

#[test]
fn the_neighbours_of_the_special_ranges_are_public() {
    for public in [
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "8.8.8.8",
        "2001:200::",
        "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
        "2001:db9::",
        "2003::",
        "2606:4700::1111",
        "2620:4f:7fff::",
        "2620:4f:8001::",
        "2a00:1450:4001::1",
        "3fff:1000::",
    ] {
        assert!(public_address(public.parse().unwrap()), "{public} must be public");
    }
}
