//! The coarse family of a device.

/// The bytes of a `User-Agent` that are read. Clients can send one of any length.
const READ_BYTES: usize = 512;

/// The marks of browsers, the most specific first: Edge also calls itself Chrome, and Chrome calls
/// itself Safari.
const BROWSERS: [(&[&str], &str); 6] = [
    (&["Edg/", "EdgA/", "EdgiOS/"], "Edge"),
    (&["OPR/", "OPT/", "OPiOS/"], "Opera"),
    (&["SamsungBrowser/"], "Samsung Internet"),
    (&["Firefox/", "FxiOS/"], "Firefox"),
    (&["Chrome/", "CriOS/", "Chromium/"], "Chrome"),
    (&["Safari/"], "Safari"),
];

/// The marks of operating systems, the most specific first: Android also calls itself Linux, and
/// iOS says "like Mac OS X".
const SYSTEMS: [(&[&str], &str); 6] = [
    (&["Android"], "Android"),
    (&["iPhone", "iPad", "iPod"], "iOS"),
    (&["Windows"], "Windows"),
    (&["CrOS"], "ChromeOS"),
    (&["Macintosh", "Mac OS X"], "macOS"),
    (&["Linux", "X11"], "Linux"),
];

/// The family of browser and operating system in a `User-Agent`, such as "Firefox on Linux",
/// without version and model. There are a few dozen such texts, so none identifies a person.
#[must_use]
pub fn device(user_agent: &str) -> String {
    let start = &user_agent[..user_agent.floor_char_boundary(READ_BYTES)];
    let browser = family(start, &BROWSERS).unwrap_or("Another browser");
    let system = family(start, &SYSTEMS).unwrap_or("another system");
    format!("{browser} on {system}")
}

fn family(user_agent: &str, families: &[(&[&str], &'static str)]) -> Option<&'static str> {
    let known = families.iter().find(|(marks, _)| marks.iter().any(|mark| user_agent.contains(mark)));
    known.map(|(_, family)| *family)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_a_family_of_browser_and_system() {
        for (user_agent, family) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "Chrome on macOS",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
                "Safari on iOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1",
                "Chrome on iOS",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet on Android",
            ),
            ("Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "Firefox on Android"),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "Chrome on ChromeOS",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 OPR/124.0.0.0",
                "Opera on Linux",
            ),
            ("curl/8.14.1", "Another browser on another system"),
            ("", "Another browser on another system"),
        ] {
            assert_eq!(device(user_agent), family, "{user_agent}");
        }
    }

    #[test]
    fn every_user_agent_gives_one_of_a_few_texts() {
        let texts = (BROWSERS.len() + 1) * (SYSTEMS.len() + 1);
        assert!(texts < 64, "{texts} texts begin to single people out");
        let far = format!("{}Firefox/1", "\u{e9}".repeat(READ_BYTES));
        assert_eq!(device(&far), "Another browser on another system", "only the beginning may be looked at");
    }
}
