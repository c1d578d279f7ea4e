"""Runs the jobs on standard input, one a line (see tests/src/peers/driver.rs), and answers each with a line."""

import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7


def read(name):
    with open(name, "rb") as file:
        return file.read()


def verify(cms, content, root):
    # Taken by its name, so that a release that learns to verify is noticed by the failing cell.
    return pkcs7.pkcs7_verify_der(read(cms), None if content == "-" else read(content), x509.load_pem_x509_certificate(read(root)), [])


def decrypt(cms, certificate, key):
    identity = x509.load_pem_x509_certificate(read(certificate)), load_pem_private_key(read(key), None)
    return pkcs7.pkcs7_decrypt_der(read(cms), *identity, [])


def sign(certificate, key, chain, content, mode, scheme):
    leaf = x509.load_pem_x509_certificate(read(certificate))
    extra = {}
    if scheme == "pss":
        extra["rsa_padding"] = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(read(content))
    builder = builder.add_signer(leaf, load_pem_private_key(read(key), None), hashes.SHA256(), **extra)
    for other in x509.load_pem_x509_certificates(read(chain)):
        builder = builder.add_certificate(other)
    options = [pkcs7.PKCS7Options.Binary]
    if mode == "detached":
        options.append(pkcs7.PKCS7Options.DetachedSignature)
    return builder.sign(Encoding.DER, options)


def encrypt(certificate, content, cipher, scheme):
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(read(content))
    # Asked for what it has no parameter for, it gives its own error, until a release that can.
    extra = {"rsa_padding": padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)} if scheme == "oaep" else {}
    builder = builder.add_recipient(x509.load_pem_x509_certificate(read(certificate)), **extra)
    builder = builder.set_content_encryption_algorithm(AESGCM if cipher == "gcm" else algorithms.AES256)
    return builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])


JOBS = {"verify": verify, "decrypt": decrypt, "sign": sign, "encrypt": encrypt}

for line in sys.stdin:
    kind, *arguments, out = line.rstrip("\n").split("\t")
    try:
        result = JOBS[kind](*arguments)
        with open(out, "wb") as file:
            file.write(result)
        print("ok")
    except BaseException as error:  # a panic of the Rust below is not an Exception
        print("no", type(error).__name__ + ":", " ".join(str(error).split()))
    sys.stdout.flush()
