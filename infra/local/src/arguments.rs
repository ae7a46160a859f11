//! The command line of `cargo dev`.

/// What a person asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arguments {
    /// Run the platform behind this port; 0 means any free one.
    Run {
        /// The port on 127.0.0.1.
        port: u16,
    },
    /// Say how to use it.
    Help,
}

/// How to use it.
pub const USAGE: &str = "\
Runs the whole of Cinemaxsai on this machine.

Usage: cargo dev [--port N]

  --port N   the port of http://127.0.0.1 to answer on (default 8080, 0 for any free one)
";

/// What people bookmark.
const DEFAULT_PORT: u16 = 8080;

impl Arguments {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// A sentence that says what is wrong with them.
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

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn the_port_is_8080_unless_told() {
        assert_eq!(parse(""), Ok(Arguments::Run { port: 8080 }));
        assert_eq!(parse("--port 0"), Ok(Arguments::Run { port: 0 }));
        assert_eq!(parse("--port=9000"), Ok(Arguments::Run { port: 9000 }));
        assert_eq!(parse("--port 1 --help"), Ok(Arguments::Help));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, word) in
            [("--port", "needs"), ("--port x", "not x"), ("--port 65536", "65536"), ("--prot 1", "--prot")]
        {
            let error = parse(line).unwrap_err();
            assert!(error.contains(word), "{line}: the message should name {word}: {error}");
        }
    }
}
