"""A mail server (aiosmtpd) that keeps what it is given.

smtpd.py FOLDER CERTIFICATE KEY MODE: MODE is plain, starttls, starttls-auth or tls. It prints its port, writes the messages it
takes to FOLDER/N.eml and their envelopes to FOLDER/N.envelope, and ends when its standard input does.
"""

import asyncio
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult


class Keeper:
    def __init__(self, folder):
        self.folder, self.count = Path(folder), 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        answers = {"busy": "450 4.2.0 try later", "unknown": "550 5.1.1 no such user"}
        answer = answers.get(address.split("@")[0])
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if b"X-Refuse: yes" in envelope.content:
            return "554 5.7.1 refused by content"
        self.count += 1
        (self.folder / f"{self.count}.eml").write_bytes(envelope.content)
        lines = [envelope.mail_from, *envelope.rcpt_tos, "tls" if session.ssl else "plain"]
        (self.folder / f"{self.count}.envelope").write_text("\n".join(lines))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"alice", b"secret"), handled=False)


async def main(folder, certificate, key, mode):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    options = {"decode_data": False}
    if mode.startswith("starttls"):
        options.update(tls_context=tls, require_starttls=True)
    if mode.endswith("auth"):
        options.update(authenticator=authenticate, auth_required=True)
    loop, keeper = asyncio.get_running_loop(), Keeper(folder)
    server = await loop.create_server(
        lambda: SMTP(keeper, **options), "127.0.0.1", 0, ssl=tls if mode == "tls" else None
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main(*sys.argv[1:]))
