//! The families of browser, device and operating system in a `User-Agent`: no version, no model.

use std::fmt;

/// The bytes of a `User-Agent` that are read. Clients can send one of any length.
const READ_BYTES: usize = 512;

/// The marks of browsers, the most specific first: Edge also calls itself Chrome, and Chrome calls
/// itself Safari.
const BROWSERS: [(&[&str], Browser); 6] = [
    (&["Edg/", "EdgA/", "EdgiOS/"], Browser::Edge),
    (&["OPR/", "OPT/", "OPiOS/"], Browser::Opera),
    (&["SamsungBrowser/"], Browser::Samsung),
    (&["Firefox/", "FxiOS/"], Browser::Firefox),
    (&["Chrome/", "CriOS/", "Chromium/"], Browser::Chrome),
    (&["Safari/"], Browser::Safari),
];

/// The marks of operating systems, the most specific first: Android also calls itself Linux, and
/// iOS says "like Mac OS X".
const SYSTEMS: [(&[&str], System); 6] = [
    (&["Android"], System::Android),
    (&["iPhone", "iPad", "iPod"], System::Ios),
    (&["Windows"], System::Windows),
    (&["CrOS"], System::ChromeOs),
    (&["Macintosh", "Mac OS X"], System::MacOs),
    (&["Linux", "X11"], System::Linux),
];

/// The marks of devices, the most specific first. A television or a console also calls itself Linux or Windows, a
/// tablet with Android says `Android` without `Mobile`, and a tablet with iPadOS may say that it is a Macintosh.
const DEVICES: [(&[&str], DeviceKind); 5] = [
    (&["SMART-TV", "SmartTV", "GoogleTV", "Apple TV", "Web0S", "PlayStation", "Xbox", "Nintendo"], DeviceKind::Other),
    (&["iPad", "Tablet"], DeviceKind::Tablet),
    (&["iPhone", "iPod", "Mobile"], DeviceKind::Phone),
    (&["Android"], DeviceKind::Tablet),
    (&["Windows", "CrOS", "Macintosh", "Linux", "X11"], DeviceKind::Desktop),
];

/// The marks of programs that no person looks through, in lower case.
const PROGRAMS: [&str; 22] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "preview",
    "headless",
    "lighthouse",
    "monitor",
    "facebookexternalhit",
    "whatsapp",
    "+http",
    "curl/",
    "wget/",
    "python",
    "go-http-client",
    "okhttp",
    "httpclient",
    "java/",
    "axios",
    "node-fetch",
    "undici",
    "scrapy",
];

/// The family of a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    /// Chrome and what is built like it.
    Chrome,
    /// Edge.
    Edge,
    /// Firefox.
    Firefox,
    /// Opera.
    Opera,
    /// Safari.
    Safari,
    /// Samsung Internet.
    Samsung,
    /// Any other.
    Other,
}

impl Browser {
    /// The family in a count: one of six.
    #[must_use]
    pub fn counted(self) -> &'static str {
        match self {
            Self::Chrome => "chrome",
            Self::Edge => "edge",
            Self::Firefox => "firefox",
            Self::Safari => "safari",
            Self::Samsung => "samsung",
            Self::Opera | Self::Other => "other",
        }
    }
}

impl fmt::Display for Browser {
    /// The name for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chrome => "Chrome",
            Self::Edge => "Edge",
            Self::Firefox => "Firefox",
            Self::Opera => "Opera",
            Self::Safari => "Safari",
            Self::Samsung => "Samsung Internet",
            Self::Other => "Another browser",
        })
    }
}

/// The family of an operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Android.
    Android,
    /// ChromeOS.
    ChromeOs,
    /// iOS and iPadOS.
    Ios,
    /// Linux.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
    /// Any other.
    Other,
}

impl System {
    /// The family in a count: one of six.
    #[must_use]
    pub fn counted(self) -> &'static str {
        match self {
            Self::Android => "android",
            Self::Ios => "ios",
            Self::Linux => "linux",
            Self::MacOs => "macos",
            Self::Windows => "windows",
            Self::ChromeOs | Self::Other => "other",
        }
    }
}

impl fmt::Display for System {
    /// The name for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Android => "Android",
            Self::ChromeOs => "ChromeOS",
            Self::Ios => "iOS",
            Self::Linux => "Linux",
            Self::MacOs => "macOS",
            Self::Windows => "Windows",
            Self::Other => "another system",
        })
    }
}

/// The kind of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceKind {
    /// A desktop or a laptop.
    Desktop,
    /// A phone.
    Phone,
    /// A tablet.
    Tablet,
    /// Any other, such as a television.
    Other,
}

impl DeviceKind {
    /// The kind in a count: one of four.
    #[must_use]
    pub fn counted(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Phone => "phone",
            Self::Tablet => "tablet",
            Self::Other => "other",
        }
    }
}

/// The header `User-Agent`, as far as it is read: at most 512 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UserAgent<'a>(&'a str);

impl<'a> UserAgent<'a> {
    /// Reads the header. A request without one has the empty text.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self(&text[..text.floor_char_boundary(READ_BYTES)])
    }

    /// The family of the browser.
    #[must_use]
    pub fn browser(self) -> Browser {
        self.family(&BROWSERS).unwrap_or(Browser::Other)
    }

    /// The family of the operating system.
    #[must_use]
    pub fn system(self) -> System {
        self.family(&SYSTEMS).unwrap_or(System::Other)
    }

    /// The kind of the device.
    #[must_use]
    pub fn device(self) -> DeviceKind {
        self.family(&DEVICES).unwrap_or(DeviceKind::Other)
    }

    /// Whether it names a program that no person looks through: a search engine, a preview of a link, a monitor, a
    /// library. A program may also call itself a browser, and then it is taken for one.
    #[must_use]
    pub fn is_program(self) -> bool {
        // Cubot makes phones.
        let text = self.0.to_ascii_lowercase().replace("cubot", "");
        PROGRAMS.iter().any(|mark| text.contains(mark))
    }

    fn family<T: Copy>(self, families: &[(&[&str], T)]) -> Option<T> {
        let known = families.iter().find(|(marks, _)| marks.iter().any(|mark| self.0.contains(mark)));
        known.map(|(_, family)| *family)
    }
}

impl fmt::Debug for UserAgent<'_> {
    /// Without the text, which may single a person out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserAgent(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(text: &str) -> (&'static str, &'static str, &'static str) {
        let user_agent = UserAgent::new(text);
        (user_agent.browser().counted(), user_agent.device().counted(), user_agent.system().counted())
    }

    #[test]
    fn a_device_is_a_kind_without_a_model() {
        for (text, kind) in [
            ("Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1", "tablet"),
            ("Mozilla/5.0 (Android 15; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0", "tablet"),
            ("Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36", "tablet"),
            ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36", "phone"),
            (
                "Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 SamsungBrowser/3.2 TV Safari/537.36",
                "other",
            ),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) Edge/44.18363.8131", "other"),
            ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36", "desktop"),
            ("", "other"),
        ] {
            assert_eq!(UserAgent::new(text).device().counted(), kind, "{text}");
        }
    }

    #[test]
    fn every_user_agent_gives_one_of_a_few_families() {
        let far = format!("{}Firefox/1 Android Tablet", "\u{e9}".repeat(READ_BYTES));
        for text in ["", "x", "\u{1f3ac}", "Lynx/2.9.2", far.as_str()] {
            assert_eq!(counted(text), ("other", "other", "other"), "only the beginning may be looked at: {text}");
        }
        let opera = "Mozilla/5.0 (X11; CrOS x86_64) Chrome/142.0.0.0 Safari/537.36 OPR/124.0.0.0";
        assert_eq!(counted(opera), ("other", "desktop", "other"), "a rare family is counted with the others");
        assert_eq!(format!("{:?}", UserAgent::new(opera)), "UserAgent(..)");
    }

    #[test]
    fn a_program_is_no_browser() {
        for program in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "facebookexternalhit/1.1",
            "WhatsApp/2.24.20 A",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/142.0.0.0 Safari/537.36",
            "curl/8.14.1",
            "python-requests/2.32.5",
            "Go-http-client/2.0",
        ] {
            assert!(UserAgent::new(program).is_program(), "{program}");
        }
        for browser in [
            "",
            "Lynx/2.9.2",
            "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0",
            "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36",
        ] {
            assert!(!UserAgent::new(browser).is_program(), "{browser}");
        }
    }
}
