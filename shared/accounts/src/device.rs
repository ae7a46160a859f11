//! The coarse family of a device.

use kernel::UserAgent;

/// The family of browser and operating system in a `User-Agent`, such as "Firefox on Linux",
/// without version and model. There are a few dozen such texts, so none identifies a person.
#[must_use]
pub fn device(user_agent: &str) -> String {
    let user_agent = UserAgent::new(user_agent);
    format!("{} on {}", user_agent.browser(), user_agent.system())
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
    fn only_the_beginning_of_a_user_agent_is_looked_at() {
        let far = format!("{}Firefox/1", "\u{e9}".repeat(512));
        assert_eq!(device(&far), "Another browser on another system");
    }
}
