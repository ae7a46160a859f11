//! The command line of `cargo dev`.

use crate::platform::google::GoogleProgram;

/// The arguments of `cargo dev`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DevArguments {
    /// Run the platform behind this port; 0 is any free one.
    Run {
        /// The port on 127.0.0.1.
        port: u16,
        /// The program that stands in for Google.
        google: GoogleProgram,
        /// Whether the pages may report conversions to the fake advertising network, with consent.
        advertises: bool,
    },
    /// Print the usage.
    Help,
}

/// The usage.
pub const USAGE: &str = "\
Runs the whole of Cinemaxsai on this machine.

Usage: cargo dev [--port N] [--google PROGRAM] [--advertising]

  --port N          the port of http://127.0.0.1 to answer on (default 8080, 0 for any free one)
  --google PROGRAM  the program that stands in for Google: oidc-provider-mock (default), or
                    oidc-provider, a certified OpenID provider that needs Node 20 or later with npm
  --advertising     let the pages report conversions to a fake advertising network, if the person consents
";

/// The port that people bookmark.
const DEFAULT_PORT: u16 = 8080;

impl DevArguments {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// A sentence about the first invalid argument.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut arguments = arguments.into_iter();
        let (mut port, mut google, mut advertises) = (DEFAULT_PORT, GoogleProgram::default(), false);
        while let Some(argument) = arguments.next() {
            let (name, given) = match argument.split_once('=') {
                Some((name, given)) => (name, Some(given.to_owned())),
                None => (argument.as_str(), None),
            };
            let has_value = given.is_some();
            let value = || given.or_else(|| arguments.next()).ok_or_else(|| format!("{name} needs a value after it"));
            match name {
                "--help" | "-h" if !has_value => return Ok(Self::Help),
                "--port" => port = port_of(&value()?)?,
                "--advertising" if !has_value => advertises = true,
                "--google" => google = google_of(&value()?)?,
                _ => return Err(format!("there is no argument {argument}")),
            }
        }
        Ok(Self::Run { port, google, advertises })
    }
}

fn port_of(value: &str) -> Result<u16, String> {
    value.parse().map_err(|_| format!("a port is a number from 0 to 65535, not {value}"))
}

fn google_of(value: &str) -> Result<GoogleProgram, String> {
    let names = GoogleProgram::ALL.map(GoogleProgram::name);
    let named = GoogleProgram::ALL.into_iter().find(|program| program.name() == value);
    named.ok_or_else(|| format!("the program for Google is {}, not {value}", names.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<DevArguments, String> {
        DevArguments::parse(line.split_whitespace().map(str::to_owned))
    }

    fn run(port: u16, google: GoogleProgram) -> Result<DevArguments, String> {
        Ok(DevArguments::Run { port, google, advertises: false })
    }

    #[test]
    fn the_port_is_8080_by_default() {
        let google = GoogleProgram::OidcProviderMock;
        assert_eq!(parse(""), run(8080, google));
        assert_eq!(parse("--port 0"), run(0, google));
        assert_eq!(parse("--port=9000"), run(9000, google));
        assert_eq!(parse("--port 1 --help"), Ok(DevArguments::Help));
    }

    #[test]
    fn google_is_the_program_that_is_named() {
        assert_eq!(parse("--google oidc-provider"), run(8080, GoogleProgram::OidcProvider));
        assert_eq!(parse("--google=oidc-provider --port 1"), run(1, GoogleProgram::OidcProvider));
        for program in GoogleProgram::ALL {
            assert_eq!(parse(&format!("--google {}", program.name())), run(8080, program));
            assert!(USAGE.contains(program.name()), "the usage should name {}", program.name());
        }
    }

    #[test]
    fn nothing_is_advertised_unless_it_is_said() {
        let google = GoogleProgram::OidcProviderMock;
        let run = |advertises| Ok(DevArguments::Run { port: 8080, google, advertises });
        assert_eq!((parse(""), parse("--advertising")), (run(false), run(true)));
    }

    #[test]
    fn an_invalid_argument_is_named() {
        for (line, word) in [
            ("--port", "needs"),
            ("--port x", "not x"),
            ("--port 65536", "65536"),
            ("--prot 1", "--prot"),
            ("--prot=1", "--prot=1"),
            ("--help=1", "--help=1"),
            ("--advertising=1", "--advertising=1"),
            ("--google", "needs"),
            ("--google node", "oidc-provider-mock or oidc-provider, not node"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(word), "{line}: the message should name {word}: {error}");
        }
    }
}
