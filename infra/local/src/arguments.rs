//! The command line of `cargo dev`.

/// The arguments of `cargo dev`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DevArguments {
    /// Run the platform behind this port; 0 is any free one.
    Run {
        /// The port on 127.0.0.1.
        port: u16,
    },
    /// Print the usage.
    Help,
}

/// The usage.
pub const USAGE: &str = "\
Runs the whole of Cinemaxsai on this machine.

Usage: cargo dev [--port N]

  --port N   the port of http://127.0.0.1 to answer on (default 8080, 0 for any free one)
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
        let mut port = DEFAULT_PORT;
        while let Some(argument) = arguments.next() {
            let value = match argument.split_once('=') {
                _ if argument == "--help" || argument == "-h" => return Ok(Self::Help),
                None if argument == "--port" => arguments.next().ok_or("--port needs a number after it")?,
                Some(("--port", value)) => value.to_owned(),
                _ => return Err(format!("there is no argument {argument}")),
            };
            port = value.parse().map_err(|_| format!("a port is a number from 0 to 65535, not {value}"))?;
        }
        Ok(Self::Run { port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<DevArguments, String> {
        DevArguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn the_port_is_8080_by_default() {
        assert_eq!(parse(""), Ok(DevArguments::Run { port: 8080 }));
        assert_eq!(parse("--port 0"), Ok(DevArguments::Run { port: 0 }));
        assert_eq!(parse("--port=9000"), Ok(DevArguments::Run { port: 9000 }));
        assert_eq!(parse("--port 1 --help"), Ok(DevArguments::Help));
    }

    #[test]
    fn an_invalid_argument_is_named() {
        for (line, word) in
            [("--port", "needs"), ("--port x", "not x"), ("--port 65536", "65536"), ("--prot 1", "--prot")]
        {
            let error = parse(line).unwrap_err();
            assert!(error.contains(word), "{line}: the message should name {word}: {error}");
        }
    }
}
