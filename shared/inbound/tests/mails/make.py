#!/usr/bin/env python3
"""Writes the mails of `../mails.toml` as files, in the form in which SES stores them.

    python3 -m venv target/mails && target/mails/bin/pip install dkimpy==1.1.8 pynacl
    target/mails/bin/python shared/inbound/tests/mails/make.py [NAME...]

Without names it writes all. Each run makes new keys, so each run changes the signatures, and nothing else. Signatures are
made, and then verified, by dkimpy; those with `fake = true` have its form and the length of a real one, where dkimpy
refuses to sign (no From in `h=`, control characters).

A recipe has these fields. Each has a default, which makes a mail that is scheduled at once.

- `from`, `to`, `cc`, `subject`, `date`, `message_id`: the values of the headers. An empty text leaves one out.
- `extra`: further header lines, which stand above the others.
- `content_type`, `encoding`, `body`: of the body.
- `sign`: signatures, the first at the bottom, each with `d`, `h` (names with colons), `a`, `bits`, `length`, `fake`,
  `tags` (further tags of a fake). An empty list signs nothing.
- `raw`: the whole mail, which nothing is added to.

Lines end with CRLF. `\\xNN` is the byte NN, after the ends of lines were written: so `\\x0A` is a bare LF.
"""

import base64
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

import dkim

HERE = pathlib.Path(__file__).parent
RECEIVED = "Mon, 30 Nov 2026 12:00:00 +0000"
SIGNED = "from:to:subject:date:message-id"
KEYS = {}


def key(bits):
    """The private key as dkimpy takes it, and the record that verifies it. `bits` of 0 is Ed25519."""
    if bits not in KEYS:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "key"
            if bits:
                subprocess.run(["openssl", "genrsa", "-traditional", "-out", path, str(bits)], check=True, capture_output=True)
                public = subprocess.run(["openssl", "rsa", "-in", path, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
                KEYS[bits] = path.read_bytes(), b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
            else:
                import nacl.signing

                private = nacl.signing.SigningKey.generate()
                record = b"v=DKIM1; k=ed25519; p=" + base64.b64encode(private.verify_key.encode())
                KEYS[bits] = base64.b64encode(private.encode()), record
    return KEYS[bits]


def escaped(text):
    """The bytes of a text, with CRLF, and with `\\xNN` as one byte."""
    lines = text.replace("\n", "\r\n").encode()
    return re.sub(rb"\\x([0-9A-Fa-f]{2})", lambda match: bytes([int(match[1], 16)]), lines)


def sign(mail, recipe):
    """The mail with one more signature above it."""
    algorithm = recipe.get("a", "rsa-sha256")
    bits = 0 if algorithm.startswith("ed25519") else recipe.get("bits", 2048)
    names, domain = recipe.get("h", SIGNED), recipe.get("d", "example.com")
    if recipe.get("fake"):
        value = base64.b64encode(bytes(range(256))[: bits // 8 or 64]).decode()
        tags = recipe.get("tags", "")
        return escaped(
            f"DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={domain}; s=fake; {tags}\n h={names};\n"
            f" bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\n b={value}\n"
        ) + mail
    private, record = key(bits)
    header = dkim.sign(
        mail, b"key", domain.encode(), private, canonicalize=(b"relaxed", b"relaxed"),
        signature_algorithm=algorithm.encode(), include_headers=[name.encode() for name in names.split(":")],
        length=recipe.get("length", False),
    )
    signed = header + mail
    if algorithm != "rsa-sha1":
        verified = dkim.DKIM(signed, minkey=512).verify(dnsfunc=lambda name, timeout=5: record)
        assert verified, f"the signature of {domain} does not verify"
    return signed


def make(recipe):
    """The bytes of a mail."""
    if "raw" in recipe:
        return escaped(recipe["raw"])
    name = recipe["name"]
    sender = recipe.get("from", "Jo Doe <jo@example.com>")
    headers = [
        *recipe.get("extra", []),
        ("From", sender),
        ("To", recipe.get("to", "Cinemaxsai <support@cinemaxsai.example>")),
        ("Cc", recipe.get("cc", "")),
        ("Subject", recipe.get("subject", "Delete Account")),
        ("Date", recipe.get("date", "Mon, 30 Nov 2026 12:59:30 +0100")),
        ("Message-ID", recipe.get("message_id", f"<{name}@example.com>")),
        ("MIME-Version", "1.0"),
        ("Content-Type", recipe.get("content_type", "text/plain; charset=utf-8")),
        ("Content-Transfer-Encoding", recipe.get("encoding", "")),
    ]
    lines = [line if isinstance(line, str) else f"{line[0]}: {line[1]}" for line in headers if isinstance(line, str) or line[1]]
    mail = escaped("\n".join(lines) + "\n\n" + recipe.get("body", "Thank you.\nJo\n"))
    for signature in recipe.get("sign", [{}]):
        mail = sign(mail, signature)
    envelope = recipe.get("mail_from", "jo@example.com")
    stored = (
        f"Return-Path: <{envelope.strip('<>')}>\n"
        f"Received: from mail.example.com (mail.example.com [192.0.2.10])\n by inbound-smtp.eu-west-1.amazonaws.com with SMTP id {name}\n"
        f" for support@cinemaxsai.example;\n {RECEIVED} (UTC)\n"
        f"X-SES-Spam-Verdict: {recipe.get('spam', 'PASS')}\nX-SES-Virus-Verdict: {recipe.get('virus', 'PASS')}\n"
    )
    return escaped(stored) + mail


def main():
    """Writes the mails, and removes those that no recipe makes."""
    recipes = tomllib.loads((HERE.parent / "mails.toml").read_text())["mail"]
    wanted = set(sys.argv[1:])
    made = {recipe["name"]: recipe for recipe in recipes if "generate" not in recipe}
    for path in HERE.glob("*.eml"):
        if path.stem not in made:
            path.unlink()
    for name, recipe in made.items():
        if not wanted or name in wanted:
            (HERE / f"{name}.eml").write_bytes(make(recipe))


if __name__ == "__main__":
    main()
